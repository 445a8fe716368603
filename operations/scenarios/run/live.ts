import { quantileMs } from "../../load/latency.ts";
import type { Totals } from "../../load/totals.ts";
import type { Sample } from "../../watch/sample.ts";

/**
 * The key figures of the last seconds on one line, for people who wait: "writes 1998/s of 2000, p99 43 ms; reads 10/s, p99 80 ms; lag 2 s;
 * worker-3 NotReady". Pure.
 */
export function keyFigures(write: Totals | undefined, read: Totals | undefined, watch: Sample | undefined): string {
    const parts: string[] = [];
    if (write) parts.push(`writes ${rateText(write)}${failures(write)}`);
    if (read) parts.push(`reads ${rateText(read)}${failures(read)}`);
    const lag = watch?.prometheus?.lagSeconds;
    if (lag !== null && lag !== undefined) parts.push(`remote write ${lag.toFixed(0)} s behind`);
    const nodes = watch?.nodes.filter(({ ready }) => !ready).map(({ name, state }) => `${name} ${state}`) ?? [];
    const pods = watch?.pods.filter(({ ready, component }) => !ready && component !== "other") ?? [];
    if (nodes.length > 0) parts.push(nodes.join(", "));
    if (pods.length > 0)
        parts.push(
            `not ready: ${pods
                .map(({ name }) => name)
                .slice(0, 3)
                .join(", ")}`,
        );
    return parts.join("; ");
}

function rateText(interval: Totals): string {
    const rate = (count: number) => Math.round(count / (interval.seconds || 1));
    const p99 = quantileMs(interval.latency, 0.99);
    return `${rate(interval.acknowledged)}/s of ${rate(interval.intended)}${p99 === null ? "" : `, p99 ${p99.toFixed(0)} ms`}`;
}

function failures({ refused, unknown, unsent }: Totals): string {
    const told = [
        ...(refused > 0 ? [`${refused} refused`] : []),
        ...(unknown > 0 ? [`${unknown} without an answer`] : []),
        ...(unsent > 0 ? [`${unsent} not sent`] : []),
    ];
    return told.length === 0 ? "" : `, ${told.join(", ")}`;
}
