import { countOf } from "../../../agent/load/histogram.ts";
import { quantileMs } from "../../load/latency.ts";
import { totalsOf } from "../../load/totals.ts";
import { bytesText, countText, millisecondsText, percentText, shareOf } from "../../watch/view/numbers.ts";
import type { Peak } from "../figures/peaks.ts";
import { partText, wholeText } from "../figures/words.ts";
import { type Html, html } from "../html/html.ts";
import type { LoadedRun } from "../read.ts";

/** A figure that a reader looks for first, and what it is to be seen beside. */
export interface KeyFigure {
    name: string;
    value: string;
    beside: string;
}

/** Pure. */
export function keyFigures({ load, reads, readBack, watch }: LoadedRun, pods: Peak[]): KeyFigure[] {
    const figures: KeyFigure[] = [];
    if (load.length > 0) {
        const { seconds, intended, acknowledged, refused, unknown, unsent, latency } = totalsOf(load);
        const lost = [
            [refused, "refused"],
            [unknown, "not answered in time"],
            [unsent, "not sent"],
        ] as const;
        const told = lost.flatMap(([count, what]) => (count > 0 ? [`${wholeText(count)} ${what}`] : []));
        figures.push(
            {
                name: "Samples acknowledged",
                value: wholeText(acknowledged),
                beside: `${partText(acknowledged, intended)} of those intended${told.length > 0 ? `; ${told.join(", ")}` : ""}`,
            },
            {
                name: "Writes, on average",
                value: `${countText(seconds > 0 ? acknowledged / seconds : null)}/s`,
                beside: `${countText(seconds > 0 ? intended / seconds : null)}/s intended`,
            },
        );
        if (countOf(latency) > 0) figures.push(latencyFigure("Latency of writes, p99", latency));
    }
    if (readBack) {
        const { missing, doubled, wrong, found } = readBack.merged;
        figures.push({
            name: missing > 0 && readBack.unread?.length ? "Acknowledged, not found" : "Acknowledged, then lost",
            value: wholeText(missing),
            beside: `of ${wholeText(readBack.checked)} read back (${wholeText(found)} found); ${wholeText(doubled)} doubled, ${wholeText(wrong)} wrong`,
        });
    }
    if (reads.length > 0) {
        const { acknowledged, intended, latency } = totalsOf(reads);
        if (countOf(latency) > 0) figures.push(latencyFigure("Latency of reads, p99", latency));
        figures.push({
            name: "Queries answered",
            value: partText(acknowledged, intended),
            beside: `${wholeText(acknowledged)} of ${wholeText(intended)}`,
        });
    }
    const lags = watch.flatMap(({ prometheus }) => prometheus?.lagSeconds ?? []);
    if (lags.length > 0) {
        const most = lags.reduce((high, lag) => Math.max(high, lag));
        figures.push({
            name: "Remote write behind, at most",
            value: `${countText(most)} s`,
            beside: "Prometheus' own clock",
        });
    }
    const fullest = pods
        .filter(({ memoryLimitBytes }) => memoryLimitBytes !== null)
        .sort(
            (a, b) =>
                (shareOf(b.memoryBytes, b.memoryLimitBytes) ?? 0) - (shareOf(a.memoryBytes, a.memoryLimitBytes) ?? 0),
        )[0];
    if (fullest) {
        const { name, memoryBytes, memoryLimitBytes } = fullest;
        figures.push({
            name: "Memory, fullest pod",
            value: percentText(shareOf(memoryBytes, memoryLimitBytes)),
            beside: `${name}: ${bytesText(memoryBytes)} of ${bytesText(memoryLimitBytes)}`,
        });
    }
    return figures;
}

const latencyFigure = (name: string, latency: Parameters<typeof quantileMs>[0]): KeyFigure => ({
    name,
    value: millisecondsText(quantileMs(latency, 0.99)),
    beside: `p50 ${millisecondsText(quantileMs(latency, 0.5))}, highest ${millisecondsText(quantileMs(latency, 1))}`,
});

export const keyFiguresHtml = (figures: KeyFigure[]): Html =>
    figures.length === 0
        ? html`<p>The run left no figures.</p>`
        : html`<dl class="tiles">${figures.map(({ name, value, beside }) => html`<div class="tile"><dt>${name}</dt><dd>${value}</dd><dd>${beside}</dd></div>`)}</dl>`;
