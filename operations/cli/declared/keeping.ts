/** Verbs for what an environment is made of, what is left of its runs, and its end. */
import { common, json, settings, stack, type Verb } from "./verb.ts";

export const keeping: Record<string, Verb> = {
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
        load: () => import("../verbs/policy.ts"),
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
        load: () => import("../verbs/images.ts"),
    },
    rebuild: {
        summary: "give a database pod that lost data, or lacks samples, all of them again from the other replicas",
        details: [
            "POD: one that `m3perf verify --only data.holes` names. Its data is deleted, and M3 streams everything from its peers while it comes up. Refused, with",
            "nothing changed, unless every other replica is Ready and has all of its shards. Meanwhile writes need both others. Ended half-way, the same command goes on.",
            "Exit code 1 when it lacks something afterwards. See docs/m3db.md.",
        ],
        options: {
            ...common,
            wait: { type: "string", value: "SECONDS", help: "limit of it all, 3600 at most (default: 1800)" },
        },
        argument: "POD",
        load: () => import("../verbs/rebuild.ts"),
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
        load: () => import("../verbs/helm-values.ts"),
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
        load: () => import("../verbs/report.ts"),
    },
    down: {
        summary: "destroy the environment, then take the lab down and leave nothing behind",
        details: [
            "Works on an environment or a lab that is only half there.",
            "On a site of your own it asks for the stack's name first: every sample goes with the environment.",
        ],
        options: {
            ...common,
            "keep-lab": { type: "boolean", help: "destroy the environment only" },
            "yes-i-mean": {
                type: "string",
                value: "STACK",
                help: "a site of your own: the stack's name, instead of typing it",
            },
        },
        load: () => import("../verbs/down.ts"),
    },
    lab: {
        summary: "the lab by itself: up, down, status, env, node …; see `m3perf lab help`",
        details: [],
        options: {},
        passThrough: true,
        load: () => import("../verbs/lab.ts"),
    },
};
