import { Rates } from "../rates.ts";
import type { Source } from "./source.ts";
import type { Used } from "./usage.ts";

/** One line of `m3perf lab usage --json`, as far as we read it. */
interface UsageLine {
    at: number;
    nodes: Record<string, { memoryMi: number; memoryCeilingMi: number | null; cpuSeconds: number | null }>;
}

export interface LabNodeUse extends Used {
    memoryCapacityBytes: number | null;
}

/** The lines of a child that writes one every interval. */
export interface Lines {
    /** The newest whole line since the last time; undefined: none came. */
    take(): string | undefined;
    /** Why no more will come; undefined while it runs. */
    ended(): string | undefined;
    close(): void;
}

export interface LabNodes extends Source {
    nodes: Map<string, LabNodeUse>;
    close(): void;
}

/**
 * A lab node's true CPU and memory, by its own cgroup: its kubelet tells those of the whole machine (facts.md 3.7). A look starts
 * the child where it is not there (any more), and takes what it wrote since.
 */
export function labSource(start: () => Lines, everyMs: number): LabNodes {
    const rates = new Rates();
    let lines: Lines | undefined;
    const source: LabNodes = {
        id: "lab",
        everyMs,
        nodes: new Map(),
        async look() {
            lines ??= start();
            const line = lines.take();
            const ended = lines.ended();
            if (ended !== undefined) {
                lines = undefined;
                throw new Error(ended);
            }
            if (line === undefined) return undefined;
            const { at, nodes } = JSON.parse(line) as UsageLine;
            source.nodes = new Map(
                Object.entries(nodes).map(([name, { memoryMi, memoryCeilingMi, cpuSeconds }]) => [
                    name,
                    {
                        at,
                        cpuCores:
                            (cpuSeconds === null ? undefined : rates.update(name, at, { cpuSeconds })?.cpuSeconds) ??
                            null,
                        memoryBytes: memoryMi * 2 ** 20,
                        memoryCapacityBytes: memoryCeilingMi === null ? null : memoryCeilingMi * 2 ** 20,
                    },
                ]),
            );
            return undefined;
        },
        close: () => lines?.close(),
    };
    return source;
}
