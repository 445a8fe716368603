import { risesIn } from "../../scenarios/judge/rises.ts";
import { type Component, components, type NodeFigures, type PodFigures, type Sample } from "../../watch/sample.ts";

/** The most that a pod or a node took in the run. */
export interface Peak {
    name: string;
    component?: Component;
    node: string | null;
    cpuCores: number | null;
    cpuRequestCores: number | null;
    /** A pod's limit, a node's cores. */
    cpuLimitCores: number | null;
    memoryBytes: number | null;
    memoryRequestBytes: number | null;
    /** A pod's limit, a node's memory. */
    memoryLimitBytes: number | null;
    /** In the run, not since the pod was made. */
    restarts: number;
    lastEnd: string | null;
}

/** In the order of the screen of `m3perf watch`, then by name. Pure. */
export function podPeaks(samples: readonly Sample[]): Peak[] {
    const pods = Map.groupBy(
        samples.flatMap((sample) => sample.pods),
        ({ name }) => name,
    );
    const restarts = new Map<string, number>();
    for (const { pod, added } of risesIn(samples)) restarts.set(pod.name, (restarts.get(pod.name) ?? 0) + added);
    const order = ({ component }: Peak) => (component ? components.indexOf(component) : components.length);
    return [...pods]
        .map(([name, seen]) => podPeak(seen, restarts.get(name) ?? 0))
        .sort((a, b) => order(a) - order(b) || a.name.localeCompare(b.name));
}

function podPeak(seen: PodFigures[], restarts: number): Peak {
    const last = seen.at(-1) as PodFigures;
    return {
        name: last.name,
        component: last.component,
        node: last.node,
        cpuCores: most(seen.map(({ cpuCores }) => cpuCores)),
        cpuRequestCores: last.cpuRequestCores,
        cpuLimitCores: last.cpuLimitCores,
        memoryBytes: most(seen.map(({ memoryBytes }) => memoryBytes)),
        memoryRequestBytes: last.memoryRequestBytes,
        memoryLimitBytes: last.memoryLimitBytes,
        restarts,
        lastEnd: last.lastEnd,
    };
}

/** Pure. */
export function nodePeaks(samples: readonly Sample[]): Peak[] {
    const nodes = Map.groupBy(
        samples.flatMap((sample) => sample.nodes),
        ({ name }) => name,
    );
    return [...nodes.values()].map((seen) => {
        const last = seen.at(-1) as NodeFigures;
        return {
            name: last.name,
            node: null,
            cpuCores: most(seen.map(({ cpuCores }) => cpuCores)),
            cpuRequestCores: null,
            cpuLimitCores: last.cpuCapacityCores,
            memoryBytes: most(seen.map(({ memoryBytes }) => memoryBytes)),
            memoryRequestBytes: null,
            memoryLimitBytes: last.memoryCapacityBytes,
            restarts: 0,
            lastEnd: null,
        };
    });
}

/** Unlike Math.max, of any number of values. */
function most(values: readonly (number | null)[]): number | null {
    return values.reduce((high, value) => (value !== null && (high === null || value > high) ? value : high), null);
}
