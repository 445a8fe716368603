import type { Environment } from "../../settings/environment.ts";
import { messageOf } from "../../support/errors.ts";
import { type HttpCall, jsonOf } from "../access/http.ts";

/** One entry of the timeline. */
export interface Entry {
    /** Milliseconds since 1970: when it happened last. */
    time: number;
    source: "kubernetes" | "m3" | "etcd";
    /** What it is about: "Pod etcd-0". */
    about: string;
    text: string;
    /** How often, since `first`; 1: once. */
    count: number;
    first: number;
    warning: boolean;
}

/** core/v1 Event; newer senders fill eventTime and series instead of the three times and the count. */
export interface KubernetesEvent {
    metadata: { uid: string; creationTimestamp?: string };
    involvedObject: { kind: string; name: string };
    type?: string;
    reason?: string;
    message?: string;
    count?: number;
    firstTimestamp?: string | null;
    lastTimestamp?: string | null;
    eventTime?: string | null;
    series?: { count?: number; lastObservedTime?: string } | null;
}

/** Pure. */
export function entryOf(event: KubernetesEvent): Entry {
    const { metadata, involvedObject, series } = event;
    const times = [series?.lastObservedTime, event.lastTimestamp, event.eventTime, metadata.creationTimestamp];
    const time = Date.parse(times.find((each) => each) ?? "");
    const first = Date.parse(event.firstTimestamp ?? event.eventTime ?? metadata.creationTimestamp ?? "");
    return {
        time: Number.isNaN(time) ? 0 : time,
        source: "kubernetes",
        about: `${involvedObject.kind} ${involvedObject.name}`,
        text: `${event.reason ?? ""}: ${(event.message ?? "").replace(/\s+/g, " ").trim()}`,
        count: series?.count ?? event.count ?? 1,
        first: Number.isNaN(first) ? time : first,
        warning: event.type === "Warning",
    };
}

/** In order of time, with entries that tell the same made one, which has the last time and the sum of the counts. Pure. */
export function folded(entries: Entry[]): Entry[] {
    const found = new Map<string, Entry>();
    for (const entry of entries) {
        const key = `${entry.source} ${entry.about} ${entry.text}`;
        const same = found.get(key);
        if (!same) {
            found.set(key, { ...entry });
            continue;
        }
        same.count += entry.count;
        same.time = Math.max(same.time, entry.time);
        same.first = Math.min(same.first, entry.first);
    }
    return [...found.values()].sort((a, b) => a.time - b.time);
}

/**
 * Events of the environment: its namespace, the nodes (whose events are in "default"), and its Prometheus' objects alone. A namespace
 * whose events may not be read is told to `refused` and left out; without it, that throws. Throws where the API server does not answer.
 */
export async function kubernetesEvents(
    call: HttpCall,
    environment: Environment,
    refused?: (text: string) => void,
): Promise<KubernetesEvent[]> {
    const { namespace, prometheus, nodes } = environment;
    const list = async (name: string) => {
        const path = `/api/v1/namespaces/${name}/events`;
        const answer = await call(path, {});
        try {
            return jsonOf<{ items: KubernetesEvent[] }>(answer, `GET ${path}`).items;
        } catch (error) {
            if (!refused) throw error;
            refused(`no events of the namespace ${name}: ${messageOf(error)}`);
            return [];
        }
    };
    const ours = `${prometheus.deployment ?? prometheus.statefulSet ?? prometheus.service}`;
    const named = new Set(nodes.map(({ name }) => name));
    const [own, ofNodes, ofPrometheus] = await Promise.all([
        list(namespace),
        list("default"),
        prometheus.namespace === namespace ? [] : list(prometheus.namespace),
    ]);
    return [
        ...own,
        ...ofNodes.filter(({ involvedObject: { kind, name } }) => kind === "Node" && named.has(name)),
        ...ofPrometheus.filter(({ involvedObject: { name } }) => name === ours || name.startsWith(`${ours}-`)),
    ];
}
