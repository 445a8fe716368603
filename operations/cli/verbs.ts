/** The verbs of m3perf: what each is for, its options, and the module that does it, imported only when it is used. */
import type { ParseArgsOptionDescriptor } from "node:util";
import { loadOptions, namesElsewhere } from "../../agent/load/options.ts";

export interface Option extends ParseArgsOptionDescriptor {
    help: string;
    /** Name of the value in the help text. */
    value?: string;
}

export type Values = Record<string, string | boolean | undefined>;

export interface Verb {
    summary: string;
    /** Lines of help beyond the options. */
    details: string[];
    options: Record<string, Option>;
    /** Options by the names that other programs have for them, for those who try these. */
    elsewhere?: Record<string, string>;
    /** A word that may stand after the verb, as the help shows it: "[TROUBLE]"; absent: none may. */
    argument?: string;
    /** The words after the verb go to the module as they are, options included. */
    passThrough?: boolean;
    /** Returns the exit code. */
    load(): Promise<{ main(values: Values, words: string[]): Promise<number> }>;
}

const stack: Option = {
    type: "string",
    short: "s",
    value: "NAME",
    help: "stack; its settings are in Pulumi.NAME.yaml (default: dev)",
};
const site: Option = {
    type: "string",
    value: "FILE|lab",
    help: "site instead of the one that the stack's settings name",
};
const settings: Option = {
    type: "string",
    value: "FILE",
    help: "settings instead of Pulumi.NAME.yaml, to try something out",
};
const lab: Option = { type: "string", value: "NAME", help: "lab that `site: lab` stands for (default: lab)" };
const json: Option = { type: "boolean", help: "result as JSON on standard output" };
/** Which environment, and how it is told. */
const common = { stack, settings, site, lab, json };

export const globalOptions: Record<string, Option> = {
    help: { type: "boolean", short: "h", help: "this text" },
};

/** Options that a program of agent/ has, too. */
const textOptions = (options: Record<string, { value: string; help: string }>): Record<string, Option> =>
    Object.fromEntries(Object.entries(options).map(([name, option]) => [name, { type: "string", ...option }]));

export const verbs: Record<string, Verb> = {
    doctor: {
        summary:
            "look at this machine, the site's hosts, all side by side, and its cluster, and say what is missing or does not fit",
        details: [
            "Needs no stack and no Pulumi, and changes nothing. Hosts are reached over SSH as the site file says.",
            "Exit code 1 when something does not fit (warnings do not count), 69 when nothing could be reached.",
        ],
        options: {
            ...common,
            key: {
                type: "string",
                value: "FILE",
                help: "private key for hosts whose key is the stack's secret m3perf:sshPrivateKey",
            },
        },
        load: () => import("./verbs/doctor.ts"),
    },
    size: {
        summary: "say what a planned load needs of each component and how many nodes that is, for planning",
        details: [
            "With --series and --interval alone: from nothing, on nodes of the reference's size unless told. With --stack, --site or --settings",
            "(or m3perf:load in Pulumi.dev.yaml and no --series): for that stack, held against its site; options replace what it plans.",
            "Durations as Go writes them (2160h, not 90d). Needs no cluster and no Pulumi. docs/size.md tells the model.",
        ],
        options: {
            ...common,
            series: { type: "string", value: "N", help: "series that are active at the same time: 10000, 10k, 200M" },
            interval: { type: "string", value: "15s", help: "time between two samples of a series" },
            churn: { type: "string", value: "PERCENT", help: "series replaced by new ones in an hour (default: 0)" },
            servers: { type: "string", value: "N", help: "Prometheus servers that they come from (default: 1)" },
            retention: {
                type: "string",
                value: "2160h",
                help: "retention of the unaggregated namespace (default: 48h)",
            },
            block: { type: "string", value: "2h", help: "its block size (default: 2h)" },
            aggregate: {
                type: "string",
                value: "5m:8760h,…",
                help: "aggregated namespaces, each RESOLUTION:RETENTION; without: the stack's, or none",
            },
            replication: { type: "string", value: "3|5", help: "replication factor (default: 3)" },
            queries: { type: "string", value: "PER_SECOND", help: "queries per second; with the next two" },
            "query-series": { type: "string", value: "N", help: "series that one query reads" },
            "query-range": { type: "string", value: "1h", help: "time that one query reads" },
            "node-cpu": { type: "string", value: "N", help: "cores of a node to count in (default: 4)" },
            "node-memory": {
                type: "string",
                value: "8Gi",
                help: "its memory (default: 8Gi for M3DB, 16Gi for the others)",
            },
            "node-disk": { type: "string", value: "8Ti", help: "its disk for M3DB; without: not counted" },
        },
        load: () => import("./verbs/size.ts"),
    },
    up: {
        summary: "stand the environment up (and the lab, where the site is the lab) and verify it",
        details: [
            "Runs again where an earlier run was interrupted. When nothing has to change, says so and verifies.",
            "Plain `pulumi up` does the same to the stack, without the lab and without verify.",
        ],
        options: {
            ...common,
            refresh: { type: "boolean", help: "look at every object first, and undo changes by other hands" },
            timings: {
                type: "boolean",
                help: "show which resources the update's time went by, one after the other, and which checks passed last",
            },
        },
        load: () => import("./verbs/up.ts"),
    },
    preview: {
        summary: "show what `up` would change; works with no cluster and no lab, saying what could not be checked",
        details: [
            "Exit code 0 whether or not there are changes; the JSON tells their number. Objects of a stack that stands and were changed by",
            "other hands are named, with the places and the field manager that wrote them; nothing is written, not even the state.",
            "With --changed: every stack whose file, site or program differs from a commit (uncommitted changes count), and what each would declare",
            "otherwise, without a cluster; where a stack stands and can be reached, what `up` would change, too. Exit code 1 when one cannot be previewed.",
        ],
        options: {
            ...common,
            changed: {
                type: "boolean",
                help: "compare all stacks that this change touches with the base (--stack: that one)",
            },
            base: {
                type: "string",
                value: "REF",
                help: "with --changed: branch or commit to compare with (default: origin's)",
            },
            markdown: {
                type: "boolean",
                help: "with --changed: as a comment for a pull request, 64,000 characters at most",
            },
        },
        load: () => import("./verbs/preview.ts"),
    },
    verify: {
        summary: "check the environment: one line per fact, with evidence, cause and next step where it fails",
        details: [
            "Read-only but for test series of its own in M3: third_avenue, m3perf_verify_round_trip, m3perf_verify_shard (12 series for each",
            "dbnode, always the same ones) and one m3perf_verify_marker a run. Nothing else is changed. docs/verify.md lists the checks and what each means.",
        ],
        options: {
            ...common,
            junit: { type: "string", value: "FILE", help: "result as JUnit XML in this file, too, for CI systems" },
            only: { type: "string", value: "ID,…", help: "only these checks or systems (etcd, m3db.placement, …)" },
            wait: { type: "string", value: "SECONDS", help: "try failing checks again for this long (default: 0)" },
        },
        load: () => import("./verbs/verify.ts"),
    },
    watch: {
        summary: "look at nodes, pods, M3's rates and remote write on one live screen, log them, show or draw a log",
        details: [
            "Without a terminal: one line each time, so that `m3perf watch | tee` works. A cluster that goes away is shown, and waited for.",
            "A log of JSON lines is shown again by --replay and drawn by --plot; CSV is for other programs. See docs/watch.md.",
            "Exit code 0 after q, --for, a replay or a plot; 130 after Ctrl-C.",
        ],
        options: {
            ...common,
            json: { type: "boolean", help: "samples as lines of JSON on standard output" },
            interval: { type: "string", value: "5s", help: "time between two looks (default: 5s)" },
            for: { type: "string", value: "10m", help: "end after this long (default: until q or Ctrl-C)" },
            metrics: {
                type: "string",
                value: "auto|metrics-server|kubelet",
                help: "where pods' CPU and memory come from (default: auto, metrics-server where it is there)",
            },
            log: { type: "string", value: "FILE,…", help: "keep every sample there: .jsonl, .csv, or one of each" },
            "log-dir": { type: "string", value: "FOLDER", help: "the same as FOLDER/watch.jsonl,FOLDER/watch.csv" },
            "rotate-size": { type: "string", value: "32Mi", help: "put a log file aside at this size (default: 32Mi)" },
            keep: { type: "string", value: "8", help: "files put aside that are kept, of each log (default: 8)" },
            replay: { type: "string", value: "FILE", help: "show a log (.jsonl) instead of a cluster" },
            speed: { type: "string", value: "1", help: "with --replay: times as fast as it was (default: 1)" },
            plot: { type: "string", value: "FILE", help: "draw a log (.jsonl) as SVG" },
            out: { type: "string", value: "X.svg", help: "with --plot: where to (default: beside the log)" },
        },
        load: () => import("./verbs/watch.ts"),
    },
    load: {
        summary: "write samples to M3 at a set rate, in an open loop, and count what became of each",
        details: [
            "Remote write to the stack's coordinators (their NodePort), or to --remote-url, which needs no stack. Goes on until --duration or Ctrl-C.",
            "Nothing is tried twice; latencies count from when a request should have gone out. Options may be variables: M3PERF_LOAD_SERIES. See docs/load.md.",
            "Exit code 1 when a sample was refused, is of unknown outcome or was never sent.",
        ],
        options: {
            ...common,
            ...textOptions(loadOptions),
            out: { type: "string", value: "FOLDER", help: "keep plan.json, load.jsonl and ledger.jsonl there" },
        },
        elsewhere: namesElsewhere,
        load: () => import("./verbs/load.ts"),
    },
    etcd: {
        summary: "look at M3's etcd, keep a snapshot of it, put one back, or empty it",
        details: [
            "status: members, leader, revision, size, alarms, and the keys by prefix. snapshot [FILE]: its whole content, checked, in a file of mode 0600.",
            'restore FILE: makes the keys what they are in the snapshot, while etcd runs. reset: deletes every key (etcdctl del --prefix "").',
            "restore and reset take a snapshot first, and refuse while the cluster holds data unless --force. See docs/etcd.md.",
        ],
        options: {
            ...common,
            force: { type: "boolean", help: "restore, reset: also while the cluster holds a placement and namespaces" },
            "yes-i-mean": { type: "string", value: "STACK", help: "reset: the stack's name, instead of typing it" },
        },
        argument: "status|snapshot [FILE]|restore FILE|reset",
        load: () => import("./verbs/etcd.ts"),
    },
    logs: {
        summary: "the logs of one component's replicas, merged by time",
        details: [
            "COMPONENT: etcd, operator, m3db, coordinator, query, aggregator, gateway, setup, prometheus, or a pod's name. See docs/logs.md.",
            "With --follow: goes on over pods that are made again and an API server that goes away, until Ctrl-C.",
        ],
        options: {
            ...common,
            json: { type: "boolean", help: "lines as JSON: time, pod, container, line" },
            since: { type: "string", value: "10m", help: "how far back (default: 10m)" },
            follow: { type: "boolean", short: "f", help: "show what comes, too" },
            previous: { type: "boolean", help: "of the containers before the last restart" },
            grep: { type: "string", value: "RE", help: "only lines that match this regular expression" },
            level: { type: "string", value: "debug|info|warn|error", help: "only lines of this level or worse" },
        },
        argument: "COMPONENT",
        load: () => import("./verbs/logs.ts"),
    },
    events: {
        summary: "one timeline of Kubernetes' events and what changed in M3 and etcd",
        details: [
            "For the past: events as long as Kubernetes keeps them (an hour unless told), and the times that M3's placement tells.",
            "With --follow: also placements, namespaces and leaders, looked at every ten seconds.",
        ],
        options: {
            ...common,
            json: { type: "boolean", help: "entries as lines of JSON" },
            since: { type: "string", value: "1h", help: "how far back (default: 1h)" },
            follow: { type: "boolean", short: "f", help: "show what comes, too" },
        },
        load: () => import("./verbs/events.ts"),
    },
    open: {
        summary: "addresses of everything; with a name, a port-forward on 127.0.0.1 that stays up until Ctrl-C",
        details: [
            "SERVICE: coordinator, query, aggregator, gateway, prometheus, etcd. Several may be named. Any TCP is carried.",
            "A pod that goes away is replaced by another of its service: connections through it end, the address stays.",
        ],
        options: {
            ...common,
            print: { type: "boolean", help: "only print the addresses of what is named" },
        },
        argument: "[SERVICE ...]",
        load: () => import("./verbs/open.ts"),
    },
    diagnose: {
        summary:
            "run verify's checks and say which known trouble the environment has: root causes first, with evidence and fix",
        details: [
            "With the name of a trouble: what it looks like, its cause and fix, and whether it is there. See docs/diagnosis.md.",
            "Writes what verify writes, and changes nothing else. Exit code 1 when there is trouble (that one, where one is named).",
        ],
        options: { ...common, list: { type: "boolean", help: "only list the known troubles" } },
        argument: "[TROUBLE]",
        load: () => import("./verbs/diagnose.ts"),
    },
    "read-back": {
        summary:
            "ask M3 for the samples that it acknowledged in a run, merged and of each replica, and compare them exactly",
        details: [
            "FOLDER: what `m3perf load` or a scenario left, with plan.json and ledger.jsonl; read-back.json is written there. Changes nothing in M3.",
            "Exit code 1 when a sample is missing, doubled or wrong, in one replica, too, or a replica could not be read. See docs/read-back.md.",
        ],
        options: {
            ...common,
            "merged-only": { type: "boolean", help: "only as readers get it, not each replica's own copy" },
            "replica-series": {
                type: "string",
                value: "N",
                help: "series that are read from each of their replicas (default: 600, evenly spread)",
            },
        },
        argument: "FOLDER",
        load: () => import("./verbs/read-back.ts"),
    },
    scenario: {
        summary: "ask one question of an environment: load it, break it, heal it, measure, judge, report",
        details: [
            "NAME: one of `m3perf scenario list`. Brings up the scenario's stack (and the lab) where it is not up, and takes down at its end what it brought up.",
            "Whatever it breaks is healed, also after Ctrl-C; after a kill -9 or a power cut by the next `m3perf scenario`, or `m3perf scenario heal`.",
            "Exit code 0: every objective holds; 1: one does not; 69: the environment is not well, or the site cannot do it. See docs/scenarios.md.",
        ],
        options: {
            ...common,
            stack: {
                ...stack,
                help: "ask it of this stack; its settings are in Pulumi.NAME.yaml (default: the scenario's name)",
            },
            repeat: { type: "string", value: "N", help: "N runs, one after the other, and the spread of each figure" },
            series: {
                type: "string",
                value: "N",
                help: "so many series instead of the scenario's own: what your nodes are to carry",
            },
            short: { type: "boolean", help: "the short variant: less load, less time, and what takes long left out" },
            keep: { type: "boolean", help: "leave up what was brought up for it" },
            "as-is": { type: "boolean", help: "take an environment that is up as it stands, without `up` first" },
            resume: { type: "boolean", help: "go on with the newest command of this scenario that was ended" },
            out: { type: "string", value: "FOLDER", help: "runs go there (default: results/NAME)" },
        },
        argument: "NAME|list|heal",
        load: () => import("./verbs/scenario.ts"),
    },
    free: {
        summary: "find out where an M3DBCluster hangs on its way up (externalCoordinator and its kin) and bring it on",
        details: [
            "Says what it found, does the least that helps (wakes the operator, creates missing namespaces, makes them ready), waits until",
            "every namespace is READY, and says what it did. Deletes nothing; does nothing where nothing is stuck. See docs/external-coordinator.md.",
            "Exit code 1 when the cluster is stuck and stays so, also with --dry-run.",
        ],
        options: {
            ...common,
            namespace: { type: "string", value: "NAME", help: "Kubernetes namespace (default: the environment's)" },
            cluster: {
                type: "string",
                value: "NAME",
                help: "M3DBCluster (default: the environment's, or the only one)",
            },
            "dry-run": { type: "boolean", help: "only say what is stuck and what would be done" },
            wait: { type: "string", value: "SECONDS", help: "limit of it all (default: 300)" },
        },
        load: () => import("./verbs/free.ts"),
    },
    policy: {
        summary:
            "refuse what must not be deployed: root, privilege, rights, images without a version, secrets in the open",
        details: [
            "Judges what the stack would deploy, previewed from nothing with no cluster, or a `pulumi preview --json` that was kept (for CI).",
            "Exit code 1 when a rule is broken. See docs/threat-model.md.",
        ],
        options: {
            ...{ stack, settings, json },
            file: { type: "string", value: "FILE|-", help: "a kept `pulumi preview --json` instead of a stack" },
        },
        load: () => import("./verbs/policy.ts"),
    },
    images: {
        summary: "list the stack's images with tag and digest, and pin each to the digest that its registry has now",
        details: [
            "Without a word: every image of m3perf:images; registries are asked, without a login, only of those that are pinned.",
            "pin: asks for the digest of each tag and writes name:tag@sha256:… into the stack's file, all of them or none; nothing else in it changes.",
            "Pinned again, an image moves to what its tag names now. Not in the lab, whose images are built on this machine. See docs/pinning.md.",
            "Exit code 1 with --check when a tag names another digest now, or nothing is pinned; 69 when a registry could not be asked.",
        ],
        options: {
            ...common,
            check: { type: "boolean", help: "exit code 1 when a registry has another digest than the pinned one" },
            only: { type: "string", value: "NAME,…", help: "only these images (etcd, m3dbnode, …)" },
            mirror: {
                type: "string",
                value: "HOST[:PORT]",
                help: "ask this registry first, as nodes with a mirror do, and the image's own where it does not have it",
            },
            "insecure-registry": {
                type: "string",
                value: "HOST[:PORT],…",
                help: "registries without TLS; this machine's own need not be named",
            },
        },
        argument: "[pin]",
        load: () => import("./verbs/images.ts"),
    },
    rebuild: {
        summary: "give a database pod that lost data, or lacks samples, all of them again from the other replicas",
        details: [
            "POD: one that `m3perf verify --only data.holes` names. Its data is deleted, and M3 streams everything from its peers while it comes up. Refused, with",
            "nothing changed, unless every other replica is Ready and has all of its shards. Meanwhile writes need both others. Ended half-way, the same command goes on.",
            "Exit code 1 when it lacks something afterwards. See docs/m3db.md.",
        ],
        options: { ...common, wait: { type: "string", value: "SECONDS", help: "limit of it all (default: 1800)" } },
        argument: "POD",
        load: () => import("./verbs/rebuild.ts"),
    },
    "helm-values": {
        summary: "print values for Prometheus' Helm chart: remote write and read, external labels, local storage",
        details: ["Needs no stack, no cluster and no helm, and changes nothing. See docs/prometheus.md."],
        options: {
            ...common,
            chart: {
                type: "string",
                value: "prometheus|kube-prometheus-stack",
                help: "chart of prometheus-community (default: the site's, or prometheus)",
            },
        },
        load: () => import("./verbs/helm-values.ts"),
    },
    report: {
        summary: "write a scenario run's report again, list the runs, or put the runs of two or more side by side",
        details: [
            "Without a word: the newest run. A run's folder, or a scenario's name for its newest run: writes report.html and report.md there.",
            "compare A B …: each a run's folder or a scenario (all its repeats); Markdown on standard output, and a page. See docs/report.md.",
            "Exit code 0 whatever the verdicts were: those are the exit code of `m3perf scenario`.",
        ],
        options: {
            json,
            out: {
                type: "string",
                value: "FILE.html",
                help: "compare: the page there, not in results/compare",
            },
        },
        argument: "[FOLDER|SCENARIO|list|compare A B ...]",
        load: () => import("./verbs/report.ts"),
    },
    down: {
        summary: "destroy the environment, then take the lab down and leave nothing behind",
        details: ["Works on an environment or a lab that is only half there."],
        options: {
            ...common,
            "keep-lab": { type: "boolean", help: "destroy the environment only" },
        },
        load: () => import("./verbs/down.ts"),
    },
    lab: {
        summary: "the lab by itself: up, down, status, env, node …; see `m3perf lab help`",
        details: [],
        options: {},
        passThrough: true,
        load: () => import("./verbs/lab.ts"),
    },
};
