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
    const order = ({ component }: Peak) => (component ? components.indexOf(component) : components.length);
    return [...pods.values()].map(podPeak).sort((a, b) => order(a) - order(b) || a.name.localeCompare(b.name));
}

function podPeak(seen: PodFigures[]): Peak {
    const first = seen[0] as PodFigures;
    const last = seen.at(-1) as PodFigures;
    const restarts = last.restarts - first.restarts;
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
        // A pod that was made again by the same name counts from zero.
        restarts: restarts < 0 ? last.restarts : restarts,
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
