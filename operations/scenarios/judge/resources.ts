import type { Component, Sample } from "../../watch/sample.ts";
import { runFiles } from "../types.ts";
import { figure, type Measured } from "./objective.ts";
import { risesIn } from "./rises.ts";

const watched = [{ file: runFiles.watch, what: "nodes and pods, every few seconds" }];
const notWatched: Measured = { value: null, text: "not measured", why: "nothing was watched" };

/** At no look did the API server tell: nothing is known, which is not "none". */
const neverTold = (what: string): Measured => ({
    value: null,
    text: "not measured",
    why: `the API server never told of ${what} while the run was watched`,
});
const podsTold = (watch: readonly Sample[]) => watch.some(({ pods }) => pods.length > 0);

export const oomKills = figure({
    id: "oom-kills",
    name: "containers killed for want of memory",
    title: "nothing is killed for want of memory",
    unit: "kills",
    better: "less",
    evidence: watched,
    of({ watch }) {
        if (watch.length === 0) return notWatched;
        if (!podsTold(watch)) return neverTold("pods");
        const kills = risesIn(watch).flatMap(({ pod: { name, restarts, lastEnd } }) =>
            lastEnd?.startsWith("OOMKilled") ? [`${name} (${restarts})`] : [],
        );
        return { value: kills.length, text: kills.length === 0 ? "none" : `${kills.length}: ${kills.join(", ")}` };
    },
});

/** What a kubelet does before the kernel has to kill: it puts the pod out that is furthest above its requests. */
export const evictions = figure({
    id: "evictions",
    name: "pods that kubelets put out for want of memory or disk",
    title: "no pod is put out",
    unit: "pods",
    better: "less",
    evidence: [{ file: runFiles.run, what: "evicted: the kubelets' events" }],
    of({ run: { evicted } }) {
        if (!evicted) return { value: null, text: "not measured", why: "the API server's events were not asked" };
        if (evicted.length === 0) return { value: 0, text: "none" };
        const times = new Map<string, number>();
        for (const { pod } of evicted) times.set(pod, (times.get(pod) ?? 0) + 1);
        const pods = [...times].map(([pod, count]) => (count === 1 ? pod : `${pod} ${count} times`));
        return { value: evicted.length, text: `${evicted.length}: ${pods.join(", ")}`, why: evicted[0]?.why ?? "" };
    },
});

/** Nodes that were not Ready at some time although nothing was done to them: what a fault or a load takes with it. */
export const nodesLost = figure({
    id: "nodes-lost",
    name: "nodes that were lost beside those that were failed on purpose",
    title: "no other node is lost",
    unit: "nodes",
    better: "less",
    evidence: watched,
    of({ watch, events }) {
        if (watch.length === 0) return notWatched;
        const meant = new Set(events.filter(({ kind }) => kind === "fault").map(({ target }) => target));
        // Before the API server's first answer a node's state is "unknown", and no word on the node.
        const told = watch.flatMap(({ nodes }) => nodes.filter(({ state }) => state !== "unknown"));
        if (told.length === 0) return neverTold("nodes");
        const lost = new Set(told.filter(({ ready }) => !ready).map(({ name }) => name));
        const others = [...lost].filter((name) => !meant.has(name)).sort();
        return { value: others.length, text: others.length === 0 ? "none" : others.join(", ") };
    },
});

export const restarts = figure({
    id: "restarts",
    name: "restarts of M3's and etcd's containers",
    title: "no container restarts",
    unit: "restarts",
    better: "less",
    evidence: watched,
    of({ watch }) {
        if (watch.length === 0) return notWatched;
        if (!podsTold(watch)) return neverTold("pods");
        const counts = new Map<string, number>();
        for (const { pod, added } of risesIn(watch)) {
            if (pod.component !== "other") counts.set(pod.name, (counts.get(pod.name) ?? 0) + added);
        }
        const value = [...counts.values()].reduce((sum, count) => sum + count, 0);
        return { value, text: value === 0 ? "none" : [...counts].map(([pod, count]) => `${pod} ${count}`).join(", ") };
    },
});

const mebibytes = (bytes: number) => Math.round(bytes / 2 ** 20);

/** The most memory that one pod of a component had. */
export const memoryPeak = (component: Component) =>
    figure({
        id: `memory-${component}`,
        name: `the most memory that one pod of ${component} had`,
        title: `${component} stays within its memory`,
        unit: "MiB",
        better: "less",
        evidence: watched,
        of({ watch }) {
            const seen = watch.flatMap(({ pods }) =>
                pods.filter((pod) => pod.component === component && pod.memoryBytes !== null),
            );
            const most = seen.reduce<(typeof seen)[number] | undefined>(
                (best, one) => (best && (best.memoryBytes ?? 0) >= (one.memoryBytes ?? 0) ? best : one),
                undefined,
            );
            if (!most) return { ...notWatched, why: `no pod of ${component} told of its memory` };
            const value = mebibytes(most.memoryBytes ?? 0);
            const limit = most.memoryLimitBytes === null ? "" : ` of ${mebibytes(most.memoryLimitBytes)}`;
            return { value, text: `${value}${limit} MiB (${most.name})` };
        },
    });

/** Mean over the run of what all pods of a component used together. */
export const cpuMean = (component: Component) =>
    figure({
        id: `cpu-${component}`,
        name: `CPU of all pods of ${component}, on average`,
        title: `${component} stays within its CPU`,
        unit: "cores",
        better: "less",
        evidence: watched,
        of({ watch }) {
            const sums = watch.flatMap(({ pods }) => {
                const known = pods.flatMap((pod) => (pod.component === component ? (pod.cpuCores ?? []) : []));
                return known.length === 0 ? [] : [known.reduce((a, b) => a + b, 0)];
            });
            if (sums.length === 0) return { ...notWatched, why: `no pod of ${component} told of its CPU` };
            const value = sums.reduce((a, b) => a + b, 0) / sums.length;
            return { value, text: `${value.toFixed(2)} cores` };
        },
    });
