import { pageMs } from "../../watch/sample.ts";
import { type Html, html } from "../html/html.ts";
import type { LoadedRun } from "../read.ts";

/** What a reader must know before taking a figure further. Each line follows from this run's data. Pure. */
export function limitsOf(loaded: LoadedRun): string[] {
    const { run, watch, readBack, load, missing } = loaded;
    const interval = watch[0]?.intervalSeconds;
    const pageSeconds = (pace: keyof typeof pageMs) => Math.max(interval ?? 0, pageMs[pace] / 1000);
    return [
        ...(run.machine?.note ? [run.machine.note] : []),
        ...(run.site === "lab"
            ? [
                  "The lab's nodes, the load generator and Prometheus share the cores, the memory and the disk of one machine: throughput and latency are not those of a real site, and what one part takes the others lack. What holds on both: which samples are lost, what goes on and what stops when something breaks, and in which order.",
              ]
            : []),
        run.repeat && run.repeat.of > 1
            ? `This is run ${run.repeat.index} of ${run.repeat.of}: its figures alone say nothing of their spread. m3perf report compare shows it.`
            : "This is one run: its figures say nothing of their spread. Repeat it (m3perf scenario --repeat 3) before you call a difference one.",
        ...(load.length > 0
            ? [
                  "Latency counts from the time at which a request should have gone out, so a stall of M3 is not hidden by a generator that waits for it. A percentile is at most 1.6 % above what was measured (histogram buckets).",
              ]
            : []),
        ...(interval === undefined
            ? []
            : [
                  `Nodes and pods were looked at every ${interval} s, coordinators, aggregators and Prometheus every ${pageSeconds("busy")} s, databases, m3query and etcd every ${pageSeconds("calm")} s: what came and went between two looks is not seen.`,
              ]),
        ...(readBack?.sampled ? [`Not every acknowledged sample was read back: ${readBack.sampled}.`] : []),
        ...(readBack?.unread?.length
            ? ["Some of what was acknowledged could not be read back: of that, nothing is proven."]
            : []),
        ...(readBack ? [] : ["Nothing was read back: acknowledged samples may be lost without it being seen here."]),
        ...(missing.length > 0 ? ["Some of the run's data is not there; the page says so at its top."] : []),
    ];
}

export const honestHtml = (limits: string[]): Html =>
    html`<div class="honest"><ul>${limits.map((text) => html`<li>${text}</li>`)}</ul></div>`;
