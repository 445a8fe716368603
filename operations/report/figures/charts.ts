import type { Drawn } from "../../watch/plot/traces.ts";
import type { LoadedRun } from "../read.ts";
import type { Chart } from "./chart.ts";
import { generatorCharts, loadCharts } from "./load-charts.ts";
import { remoteWriteCharts, resourceCharts } from "./watch-charts.ts";

/** The charts of a run, in the order of the page, without those of which it knows nothing. Pure. */
export function chartsOf(run: LoadedRun, drawn: Drawn, period: { from: number; to: number }): Chart[] {
    return [
        ...loadCharts("write", run.load, period),
        ...remoteWriteCharts(drawn),
        ...loadCharts("read", run.reads, period),
        ...resourceCharts(drawn),
        ...generatorCharts(run.load, period),
    ].filter(({ lines }) => lines.length > 0);
}
