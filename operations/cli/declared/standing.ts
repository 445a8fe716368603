/** Verbs before and around an environment that stands: what it needs, how it comes up, whether it is well. */
import { common, type Verb } from "./verb.ts";

export const standing: Record<string, Verb> = {
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
        load: () => import("../verbs/doctor.ts"),
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
            replication: {
                type: "string",
                value: "3|5",
                help: "replication factor, where no site gives it (default: 3)",
            },
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
        load: () => import("../verbs/size.ts"),
    },
    up: {
        summary: "stand the environment up (and the lab, where the site is the lab) and verify it",
        details: [
            "Runs again where an earlier run was interrupted. When nothing has to change, says so and verifies.",
            "Plain `pulumi up` does the same to the stack, without the lab and without verify.",
        ],
        options: {
            ...common,
            refresh: { type: "boolean", help: "look at every object first, and undo changes by others" },
            timings: {
                type: "boolean",
                help: "show which resources the update's time went by, one after the other, and which checks passed last",
            },
        },
        load: () => import("../verbs/up.ts"),
    },
    preview: {
        summary: "show what `up` would change; works with no cluster and no lab, saying what could not be checked",
        details: [
            "Exit code 0 whether or not there are changes; the JSON tells their number. Objects of a stack that stands and were changed by",
            "someone else are named, with the places and the field manager that wrote them. Neither cluster nor state is written; a stack",
            "of your own that the backend does not have yet is created there, empty, and a passphrase's salt goes into its file.",
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
        load: () => import("../verbs/preview.ts"),
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
            wait: {
                type: "string",
                value: "SECONDS",
                help: "try failing checks again for this long, 3600 at most (default: 0)",
            },
        },
        load: () => import("../verbs/verify.ts"),
    },
};
