import { amountOf } from "../../../settings/fit/quantities.ts";
import type { Objects } from "./objects.ts";
import { type Look, type Source, sideBySide } from "./source.ts";
import { readSummary, usageOf } from "./summary.ts";

/** CPU and memory of one node or pod, and when it was taken. */
export interface Used {
    at: number;
    cpuCores: number | null;
    memoryBytes: number | null;
}

export type UsageChoice = "auto" | "metrics-server" | "kubelet";

export interface Usage extends Source {
    /** Where the figures come from now. */
    from: "metrics-server" | "kubelet" | null;
    nodes: Map<string, Used>;
    /** By "namespace/name". */
    pods: Map<string, Used>;
}

/** How long to go without metrics-server before it is asked again. */
const againMs = 60_000;

/**
 * CPU and memory from metrics-server; where it is not there, from every kubelet through the API server. With "auto" a
 * metrics-server that does not answer is no fault: it is asked again after a minute.
 */
export function usageSource(choice: UsageChoice, objects: Objects, everyMs: number): Usage {
    let serverAgainAt = Number.NEGATIVE_INFINITY;
    const source: Usage = {
        id: "usage",
        everyMs,
        from: null,
        nodes: new Map(),
        pods: new Map(),
        async look(look) {
            if (choice !== "kubelet" && look.elapsed() >= serverAgainAt) {
                const refused = await askServer(look);
                if (refused === undefined) return undefined;
                if (choice === "metrics-server") throw new Error(refused);
                serverAgainAt = look.elapsed() + againMs;
            }
            return await askKubelets(look);
        },
    };

    /** Undefined when it answered; what it said when it is not there or has nothing. Rejects when the API server is away. */
    async function askServer(look: Look): Promise<string | undefined> {
        const base = "/apis/metrics.k8s.io/v1beta1";
        const namespaces = [...new Set(objects.pods.map(({ metadata }) => metadata.namespace))];
        const paths = [`${base}/nodes`, ...namespaces.map((name) => `${base}/namespaces/${name}/pods`)];
        const answers = await Promise.all(paths.map((path) => look.get(path, look.signal)));
        const refused = answers.find(({ status }) => status >= 300);
        if (refused) return `metrics-server answered ${refused.status}`;
        const [nodes, ...pods] = answers.map(({ body }) => JSON.parse(body) as MetricsList);
        if (!nodes || nodes.items.length === 0) return "metrics-server has no figures yet";
        source.nodes = new Map(nodes.items.map((item) => [item.metadata.name, ofMetrics(item)]));
        source.pods = new Map(
            pods.flatMap(({ items }) => items.map((item) => [podKey(item.metadata), ofMetrics(item)])),
        );
        source.from = "metrics-server";
        return undefined;
    }

    async function askKubelets(look: Look): Promise<string | undefined> {
        const names = objects.nodes.map(({ metadata }) => metadata.name);
        const fault = await sideBySide(
            names.map((name) => [
                name,
                async () => {
                    // The rest of the summary costs the kubelet more, and disks have a slower look of their own (disk.ts).
                    const summary = await readSummary(look, name, { only_cpu_and_memory: "true" });
                    const { node, pods } = usageOf(summary);
                    if (node) source.nodes.set(name, node);
                    for (const [key, used] of pods) source.pods.set(key, used);
                },
            ]),
        );
        source.from = "kubelet";
        forgetGone(source, objects);
        return fault;
    }
    return source;
}

function forgetGone({ nodes, pods }: Usage, objects: Objects): void {
    const there = new Set(objects.pods.map(({ metadata }) => podKey(metadata)));
    for (const key of pods.keys()) if (!there.has(key)) pods.delete(key);
    const known = new Set(objects.nodes.map(({ metadata }) => metadata.name));
    for (const name of nodes.keys()) if (!known.has(name)) nodes.delete(name);
}

export const podKey = ({ namespace, name }: { namespace?: string; name: string }) => `${namespace ?? ""}/${name}`;

interface MetricsList {
    items: MetricsItem[];
}

interface MetricsItem {
    metadata: { name: string; namespace?: string };
    timestamp: string;
    usage?: Record<string, string>;
    containers?: { usage: Record<string, string> }[];
}

/** A node's or a pod's figures as metrics.k8s.io/v1beta1 has them. Pure. */
function ofMetrics({ timestamp, usage, containers }: MetricsItem): Used {
    const all = usage ? [usage] : (containers ?? []).map((container) => container.usage);
    const sum = (resource: string) => all.reduce((total, used) => total + amountOf(used[resource]), 0);
    return { at: Date.parse(timestamp), cpuCores: sum("cpu"), memoryBytes: sum("memory") };
}
