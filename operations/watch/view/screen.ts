import { clockOf } from "../../cli/output.ts";
import type { NodeFigures, PodFigures, Sample } from "../sample.ts";
import type { History } from "./history.ts";
import { ageText } from "./numbers.ts";
import { serviceLines } from "./services.ts";
import { table } from "./table.ts";
import { apart, clipped, type Line, span } from "./text.ts";
import { nodeTrouble, podTrouble, unanswered } from "./tones.ts";
import { nodeColumns, podColumns } from "./workloads.ts";

export interface Frame {
    sample: Sample;
    history: History;
    /** The time that ages are told against. */
    now: number;
    width: number;
    height: number;
    /** What the first line says beside the stack: "every 5 s", "replay of x.jsonl, 4 times as fast". */
    mode: string;
    /** Where the log goes, and what is wrong with it. */
    log?: string | undefined;
}

/** The whole screen: at most `height` lines, none longer than `width`. Pure. */
export function screenLines({ sample, history, now, width, height, mode, log }: Frame): Line[] {
    const head = [...headLines(sample, now, width, mode, log), ...faultLines(sample, now, width)];
    const services = serviceLines(sample, history, now, width);
    const usageEvery = Math.max(sample.intervalSeconds, sample.usage === "metrics-server" ? metricsServerSeconds : 0);
    const nodeEvery =
        sample.nodeUsage === "metrics-server" ? usageEvery : Math.max(sample.intervalSeconds, kubeletSeconds);
    const nodes = (rows: NodeFigures[]) => table(nodeColumns(now, nodeEvery), rows, width);
    const pods = (rows: PodFigures[]) => table(podColumns(now, Math.max(usageEvery, kubeletSeconds)), rows, width);

    // A blank line before each table while there is room for all.
    const all = head.length + services.length + sample.nodes.length + sample.pods.length + 2;
    const blank: Line[] = all + 3 <= height ? [[]] : [];
    const room = height - head.length - services.length - 2 - 3 * blank.length;
    const forPods = Math.min(sample.pods.length, Math.max(room - sample.nodes.length, Math.min(4, sample.pods.length)));
    const [someNodes, otherNodes] = chosen(sample.nodes, room - forPods, nodeTrouble, (count) => `${count} more nodes`);
    const [somePods, otherPods] = chosen(sample.pods, forPods, podTrouble, (count) => `${count} more pods`);
    return [
        ...head,
        ...blank,
        ...services,
        ...blank,
        ...nodes(someNodes),
        ...more(otherNodes, width),
        ...blank,
        ...pods(somePods),
        ...more(otherPods, width),
    ].slice(0, Math.max(1, height));
}

/** metrics-server's --metric-resolution is 15 s unless told, and at least 10 s (facts.md 3.10). */
const metricsServerSeconds = 15;
/** A kubelet takes a container's figures about this often (cAdvisor's housekeeping). */
const kubeletSeconds = 15;

function headLines(sample: Sample, now: number, width: number, mode: string, log: string | undefined): Line[] {
    const clock = `${clockOf(now)} UTC`;
    const title: Line = [span(`m3perf watch  ${sample.stack}`, "title"), span(` on ${sample.site}, ${mode}`, "dim")];
    const pods =
        sample.usage === null
            ? "none yet"
            : sample.usage === "kubelet"
              ? "the kubelets (no metrics-server)"
              : "metrics-server";
    const nodes = sample.nodeUsage === "lab cgroups" ? "; nodes: their own cgroups in the lab" : "";
    const sources: Line = [span(`figures from ${pods}${nodes}`, "dim")];
    return [apart(title, [span(clock)], width), apart(sources, log ? [span(log, "dim")] : [], width)];
}

/** One line for each distinct fault, the oldest first: when the API server is away, every source says the same. */
function faultLines({ sources }: Sample, now: number, width: number): Line[] {
    const faults = new Map<string, { ids: string[]; since: number }>();
    for (const { id, error, since } of sources) {
        if (error === null) continue;
        const fault = faults.get(error) ?? { ids: [], since: since ?? now };
        faults.set(error, { ids: [...fault.ids, id], since: Math.min(fault.since, since ?? now) });
    }
    const sorted = [...faults].sort(([, a], [, b]) => a.since - b.since);
    const lines = sorted.slice(0, 3).map(([error, { ids, since }]): Line => {
        const away =
            ids.includes("objects") && unanswered(error)
                ? "the API server does not answer"
                : `no new figures of ${ids.join(", ")}`;
        return clipped([span(`! ${away} for ${ageText((now - since) / 1000)}: ${error}`, "bad")], width);
    });
    return sorted.length > 3
        ? [...lines, clipped([span(`! and ${sorted.length - 3} more faults`, "bad")], width)]
        : lines;
}

/** As many rows as there is room for, those that need a look before others, in their own order; and a word on the rest. */
function chosen<Row>(
    rows: Row[],
    room: number,
    trouble: (row: Row) => number,
    words: (count: number) => string,
): [Row[], string | undefined] {
    if (rows.length <= room) return [rows, undefined];
    const ranked = rows
        .map((row, index) => ({ row, index }))
        .sort((a, b) => trouble(b.row) - trouble(a.row) || a.index - b.index);
    const kept = ranked.slice(0, Math.max(0, room - 1)).sort((a, b) => a.index - b.index);
    const others = ranked.slice(Math.max(0, room - 1));
    const troubled = others.filter(({ row }) => trouble(row) >= 1).length;
    const state = troubled === 0 ? "in order" : `${troubled} of them not in order`;
    return [kept.map(({ row }) => row), `${words(others.length)}, ${state}`];
}

const more = (text: string | undefined, width: number): Line[] =>
    text ? [clipped([span(`  … ${text}`, "dim")], width)] : [];
