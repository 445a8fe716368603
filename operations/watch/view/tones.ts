import type { NodeFigures, PodFigures, PrometheusFigures } from "../sample.ts";
import { shareOf } from "./numbers.ts";
import type { Tone } from "./text.ts";

/** When a figure is marked. The same marks decide which pods a short screen shows first. Pure. */

/** A container is killed at 100 % of its memory limit; a kubelet evicts before a node's end. */
export function memoryTone(percent: number | null): Tone {
    if (percent === null || percent < 80) return "plain";
    return percent < 92 ? "warn" : "bad";
}

export function barTone(percent: number | null): Tone {
    const tone = memoryTone(percent);
    return tone === "plain" ? "good" : tone;
}

export function diskTone(percent: number | null): Tone {
    // A kubelet evicts pods at 90 % (imagefs and nodefs.available < 10 %).
    if (percent === null || percent < 80) return "plain";
    return percent < 88 ? "warn" : "bad";
}

export const stateTone = (ready: boolean, state: string): Tone =>
    !ready ? "bad" : state === "Ready" || state === "Running" ? "good" : "warn";

/** A figure that is older than several looks is not what is there now. `every`: how often it is looked at. */
export function ageTone(seconds: number | null, every: number): Tone {
    return seconds !== null && seconds > 3 * every + 5 ? "warn" : "dim";
}

export const errorTone = (rate: number | null): Tone => (rate !== null && rate > 0 ? "bad" : "plain");

export function lagTone({ lagSeconds }: PrometheusFigures): Tone {
    if (lagSeconds === null || lagSeconds < 30) return "plain";
    return lagSeconds < 120 ? "warn" : "bad";
}

export const podMemoryShare = ({ memoryBytes, memoryLimitBytes }: PodFigures) => shareOf(memoryBytes, memoryLimitBytes);

/** How much a pod needs a look: 0 not at all. */
export function podTrouble(pod: PodFigures): number {
    const memory = memoryTone(podMemoryShare(pod));
    return (pod.ready ? 0 : 4) + (memory === "bad" ? 2 : memory === "warn" ? 1 : 0) + (pod.restarts > 0 ? 0.5 : 0);
}

export const nodeTrouble = ({ ready, state }: NodeFigures) => (ready ? (state === "Ready" ? 0 : 1) : 2);

/** Whether a source's fault is that nothing answered, and not what the answer was. */
export const unanswered = (error: string) => !/ answered /.test(error);
