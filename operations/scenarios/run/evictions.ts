import { entryOf, type KubernetesEvent } from "../../logs/timeline.ts";
import type { Eviction } from "../types.ts";

/** Pods that kubelets put out since then, in order. A kubelet's event for each time has a name of its own or a count. Pure. */
export function evictionsOf(events: KubernetesEvent[], since: number): Eviction[] {
    return events
        .filter(({ reason, involvedObject: { kind } }) => reason === "Evicted" && kind === "Pod")
        .flatMap((event) => {
            const { time, count } = entryOf(event);
            const one: Eviction = { pod: event.involvedObject.name, at: time, why: (event.message ?? "").trim() };
            return time < since ? [] : Array.from({ length: count }, () => one);
        })
        .sort((a, b) => a.at - b.at);
}
