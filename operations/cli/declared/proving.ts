/** Verbs that ask an environment what it can do, and mend it. */
import { common, stack, type Verb } from "./verb.ts";

export const proving: Record<string, Verb> = {
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
        load: () => import("../verbs/read-back.ts"),
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
        load: () => import("../verbs/scenario.ts"),
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
            wait: { type: "string", value: "SECONDS", help: "limit of it all, 3600 at most (default: 300)" },
        },
        load: () => import("../verbs/free.ts"),
    },
};
