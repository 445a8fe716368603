import type { PodFigures, Sample } from "../../watch/sample.ts";

/** Restarts of a pod's containers that one look saw and the one before it had not seen. */
export interface Rise {
    pod: PodFigures;
    added: number;
}

/**
 * Restarts in the time of the looks. What a pod had at the first look that knew of pods is not counted; one that comes later begins at zero. So
 * does one that was made again by its name: its count falls. Looks before the API server's first answer have no pods, and say nothing. Pure.
 */
export function risesIn(watch: readonly Sample[]): Rise[] {
    const last = new Map<string, number>();
    const rises: Rise[] = [];
    for (const { pods } of watch) {
        const first = last.size === 0;
        for (const pod of pods) {
            const before = last.get(pod.name) ?? (first ? pod.restarts : 0);
            const added = pod.restarts < before ? pod.restarts : pod.restarts - before;
            if (added > 0) rises.push({ pod, added });
        }
        for (const { name, restarts } of pods) last.set(name, restarts);
    }
    return rises;
}
