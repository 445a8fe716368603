import { getJson, type Look } from "./source.ts";
import type { Used } from "./usage.ts";

/** The parts of a kubelet's /stats/summary (k8s.io/kubelet/pkg/apis/stats/v1alpha1) that we look at. */
export interface Summary {
    node: { nodeName: string; cpu?: Cpu; memory?: Memory; fs?: FsStats };
    pods?: {
        podRef: { name: string; namespace: string };
        cpu?: Cpu;
        memory?: Memory;
        volume?: (FsStats & { name: string; pvcRef?: { name: string } })[];
    }[];
}

interface Cpu {
    time: string;
    usageNanoCores?: number;
}

interface Memory {
    time: string;
    workingSetBytes?: number;
}

interface FsStats {
    time?: string;
    usedBytes?: number;
    capacityBytes?: number;
}

/** From a node's kubelet through the API server's node proxy, which needs the verb `get` on `nodes/proxy`. */
export function readSummary(look: Look, node: string, query?: Record<string, string>): Promise<Summary> {
    return getJson<Summary>(look, `/api/v1/nodes/${node}/proxy/stats/summary`, query);
}

/** CPU and memory of the node and its pods. Pure. */
export function usageOf({ node, pods = [] }: Summary): { node: Used | undefined; pods: Map<string, Used> } {
    return {
        node: used(node),
        pods: new Map(
            pods.flatMap((pod) => {
                const figures = used(pod);
                return figures ? [[`${pod.podRef.namespace}/${pod.podRef.name}`, figures] as const] : [];
            }),
        ),
    };
}

function used({ cpu, memory }: { cpu?: Cpu; memory?: Memory }): Used | undefined {
    const time = cpu?.time ?? memory?.time;
    if (time === undefined) return undefined;
    const cores = cpu?.usageNanoCores;
    return {
        at: Date.parse(time),
        cpuCores: cores === undefined ? null : cores / 1e9,
        memoryBytes: memory?.workingSetBytes ?? null,
    };
}

export interface Disk {
    at: number;
    bytes: number;
    capacityBytes: number;
}

/** The node's own file system, and of each pod what is on its volume claims. Pure. */
export function disksOf(
    { node, pods = [] }: Summary,
    now: number,
): { node: Disk | undefined; pods: Map<string, Disk> } {
    const sum = (parts: FsStats[]): Disk | undefined => {
        if (!parts.some(({ usedBytes }) => usedBytes !== undefined)) return undefined;
        const total = (key: "usedBytes" | "capacityBytes") => parts.reduce((all, part) => all + (part[key] ?? 0), 0);
        const times = parts.flatMap(({ time }) => (time ? [Date.parse(time)] : []));
        const at = times.length > 0 ? Math.min(...times) : now;
        return { at, bytes: total("usedBytes"), capacityBytes: total("capacityBytes") };
    };
    return {
        node: sum(node.fs ? [node.fs] : []),
        pods: new Map(
            pods.flatMap(({ podRef, volume = [] }) => {
                const disk = sum(volume.filter(({ pvcRef }) => pvcRef));
                return disk ? [[`${podRef.namespace}/${podRef.name}`, disk] as const] : [];
            }),
        ),
    };
}
