import type { Kubernetes } from "../../operations/access/kubernetes.ts";

/** What a pod's process says of itself, and what Kubernetes says of its container. */
export interface PodLook {
    pod: string;
    residentMiB: number;
    cpuSeconds: number;
    restarts: number;
    lastEnd: string;
}

/** Every pod of a selector; a process that does not answer has NaN. Metrics are on the port that M3 has them. */
export async function lookAt(
    kubernetes: Kubernetes,
    namespace: string,
    selector: Record<string, string>,
    metricsPort = 7203,
): Promise<PodLook[]> {
    const pods = await kubernetes.pods(namespace, selector);
    return Promise.all(
        pods.map(async ({ metadata, status }) => {
            const text = await kubernetes.pod(namespace, metadata.name, metricsPort, "/metrics").then(
                ({ body }) => body,
                () => "",
            );
            const value = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
            const containers = status?.containerStatuses ?? [];
            return {
                pod: metadata.name,
                residentMiB: Math.round(value("process_resident_memory_bytes") / 2 ** 20),
                cpuSeconds: value("process_cpu_seconds_total"),
                restarts: containers.reduce((sum, { restartCount }) => sum + restartCount, 0),
                lastEnd: containers.map(({ lastState }) => lastState?.terminated?.reason ?? "").join(""),
            };
        }),
    );
}
