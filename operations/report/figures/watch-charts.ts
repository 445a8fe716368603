import { strokeIndex } from "../../watch/plot/panels.ts";
import type { Drawn, Lines } from "../../watch/plot/traces.ts";
import { bytesText, coresText, countText } from "../../watch/view/numbers.ts";
import type { Chart } from "./chart.ts";

/** What Prometheus and M3 count themselves. Pure. */
export function remoteWriteCharts({ lag, samples, gapMs }: Drawn): Chart[] {
    return [
        {
            id: "remote-write",
            title: "Prometheus: remote write behind",
            unit: "age of the newest sample that is not sent yet, in seconds",
            lines: linesOf(lag),
            atLeast: 10,
            gapMs,
            text: countText,
        },
        {
            id: "m3-samples",
            title: "Samples as M3 and Prometheus count them",
            unit: "samples a second",
            lines: linesOf(samples),
            atLeast: 1,
            mean: true,
            gapMs,
            text: countText,
        },
    ];
}

/** Memory and CPU, by component and by node. Pure. */
export function resourceCharts({ cpu, memory, memoryBytes, nodeCpu, nodeMemory, gapMs }: Drawn): Chart[] {
    const percent = (value: number) => `${Math.round(value)}%`;
    const share = { atLeast: 105, gapMs, text: percent };
    return [
        {
            id: "memory",
            title: "Memory against its limit",
            unit: "% of the limit, the fullest pod of each component",
            note: "Components without a limit are in the next chart and in the table of peaks.",
            lines: linesOf(memory),
            level: { value: 100, name: "limit: killed" },
            ...share,
        },
        {
            id: "memory-bytes",
            title: "Memory by component",
            unit: "all pods of a component together",
            lines: linesOf(memoryBytes),
            atLeast: 64 * 2 ** 20,
            bytes: true,
            gapMs,
            text: bytesText,
        },
        {
            id: "cpu",
            title: "CPU by component",
            unit: "cores, all pods of a component together",
            lines: linesOf(cpu),
            atLeast: 0.1,
            mean: true,
            gapMs,
            text: coresText,
        },
        {
            id: "node-memory",
            title: "Memory by node",
            unit: "% of what the node has",
            lines: linesOf(nodeMemory),
            level: { value: 100, name: "full" },
            ...share,
        },
        {
            id: "node-cpu",
            title: "CPU by node",
            unit: "% of the node's cores",
            lines: linesOf(nodeCpu),
            level: { value: 100, name: "all cores" },
            ...share,
        },
    ];
}

const linesOf = (lines: Lines): Chart["lines"] =>
    [...lines]
        .filter(([, points]) => points.some(([, value]) => value !== null))
        // One alone needs no telling apart: the plainest line is the best to read.
        .map(([name, points], index, all) => ({
            name,
            points,
            stroke: all.length === 1 ? 0 : strokeIndex(name, index),
        }));
