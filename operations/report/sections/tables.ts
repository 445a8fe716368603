import type { LoadInterval } from "../../../agent/load/types.ts";
import { quantileMs } from "../../load/latency.ts";
import { totalsOf } from "../../load/totals.ts";
import { bytesText, coresText, countText, millisecondsText, percentText, shareOf } from "../../watch/view/numbers.ts";
import type { Peak } from "../figures/peaks.ts";
import { within } from "../figures/slots.ts";
import type { Span } from "../figures/spans.ts";
import { lastedText, partText, wholeText } from "../figures/words.ts";
import { figure, type Html, html, table } from "../html/html.ts";

const percentiles = [0.5, 0.9, 0.99, 0.999, 1];

/** The whole run, each step and each fault: how much was acknowledged, and how fast. Pure. */
export function spansTable(
    caption: string,
    intervals: LoadInterval[],
    spans: Span[],
    period: { from: number; to: number },
): Html {
    if (intervals.length === 0) return html``;
    const whole = { label: "", title: "whole run", ...period };
    const rows = [whole, ...spans].map(({ label, title, from, to }) => {
        const { seconds, intended, acknowledged, refused, unknown, unsent, latency } = totalsOf(
            within(intervals, from, to),
        );
        return [
            html`${label && html`<strong>${label}</strong> `}${title}`,
            lastedText(to - from),
            seconds > 0 ? countText(intended / seconds) : "-",
            seconds > 0 ? countText(acknowledged / seconds) : "-",
            partText(acknowledged, intended),
            notAcknowledged([
                [refused, "refused"],
                [unknown, "not answered"],
                [unsent, "not sent"],
            ]),
            ...percentiles.map((q) => millisecondsText(quantileMs(latency, q))),
        ];
    });
    const head = [
        "lasted",
        "intended/s",
        "acknowledged/s",
        "share",
        "not acknowledged",
        "p50",
        "p90",
        "p99",
        "p99.9",
        "highest",
    ];
    return table(caption, ["", ...head.map(figure)], rows);
}

/** How many, and which, one under the other. */
function notAcknowledged(counts: [number, string][]): Html {
    const told = counts.flatMap(([count, what]) => (count > 0 ? [html`<div>${wholeText(count)} ${what}</div>`] : []));
    return told.length > 0 ? html`<div class="bad">${told}</div>` : html`0`;
}

/** Texts of errors with their counts. Pure. */
export function errorsTable(caption: string, intervals: LoadInterval[]): Html {
    const errors = Object.entries(totalsOf(intervals).errors);
    if (errors.length === 0) return html``;
    const shown = errors.slice(0, 12).map(([text, count]) => [text, wholeText(count)]);
    const others = errors.slice(12).reduce((sum, [, count]) => sum + count, 0);
    return table(
        caption,
        ["Text", figure("Requests")],
        others > 0 ? [...shown, [`${errors.length - 12} other texts`, wholeText(others)]] : shown,
    );
}

/** Pods or nodes: the most that each took, against what it asked for and may take. Pure. */
export function peaksTable(caption: string, peaks: Peak[], of: "pods" | "nodes"): Html {
    const pods = of === "pods";
    const rows = peaks.map((peak) => {
        const { memoryBytes, memoryRequestBytes, memoryLimitBytes, cpuCores, cpuRequestCores, cpuLimitCores } = peak;
        const share = shareOf(memoryBytes, memoryLimitBytes);
        return [
            peak.name,
            ...(pods ? [peak.node ?? "-"] : []),
            bytesText(memoryBytes),
            ...(pods ? [bytesText(memoryRequestBytes)] : []),
            bytesText(memoryLimitBytes),
            html`<span class="${share !== null && share >= 92 ? "bad" : ""}">${percentText(share)}</span>`,
            coresText(cpuCores),
            ...(pods ? [coresText(cpuRequestCores)] : []),
            coresText(cpuLimitCores),
            ...(pods
                ? [
                      peak.restarts > 0
                          ? html`<span class="bad">${peak.restarts}</span>${peak.lastEnd && ` (${peak.lastEnd})`}`
                          : "0",
                  ]
                : []),
        ];
    });
    const head = pods
        ? [
              "Pod",
              "Node",
              figure("memory, most"),
              figure("requested"),
              figure("limit"),
              figure("of limit"),
              figure("cores, most"),
              figure("requested"),
              figure("limit"),
              figure("restarts"),
          ]
        : ["Node", figure("memory, most"), figure("it has"), figure("of it"), figure("cores, most"), figure("it has")];
    return table(caption, head, rows);
}
