/** Verbs that look at an environment, and that load it. */
import { loadOptions, namesElsewhere } from "../../../agent/load/options.ts";
import { common, type Option, type Verb } from "./verb.ts";

/** Options that a program of agent/ has, too. */
const textOptions = (options: Record<string, { value: string; help: string }>): Record<string, Option> =>
    Object.fromEntries(Object.entries(options).map(([name, option]) => [name, { type: "string", ...option }]));

export const looking: Record<string, Verb> = {
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
        load: () => import("../verbs/watch.ts"),
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
        load: () => import("../verbs/load.ts"),
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
        load: () => import("../verbs/etcd.ts"),
    },
    logs: {
        summary: "the logs of one component's replicas, merged by time",
        details: [
            "COMPONENT: etcd, operator, m3db, coordinator, query, aggregator, gateway, setup, prometheus, or a pod's name. See docs/logs.md.",
            "With --follow: goes on over pods that are made again and an API server that goes away, until Ctrl-C.",
            "Exit code 1, without --follow, when a log could not be read; the others are shown.",
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
        load: () => import("../verbs/logs.ts"),
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
        load: () => import("../verbs/events.ts"),
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
        load: () => import("../verbs/open.ts"),
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
        load: () => import("../verbs/diagnose.ts"),
    },
};
