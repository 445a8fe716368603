import { scaleLinear, scaleLog, scaleUtc } from "d3-scale";
import type { Chart } from "../figures/chart.ts";

/** Where a time lies, in percent of the chart's width; where figures lie, in pixels from its top. */
export interface TimeAxis {
    from: number;
    to: number;
    percent(at: number): number;
    /** `minor`: left out where the page is narrow. */
    ticks: { at: number; text: string; minor: boolean }[];
}

/** Pure. Times are UTC: a report is read elsewhere and later. */
export function timeAxis(from: number, to: number): TimeAxis {
    const scale = scaleUtc([from, to], [0, 100]);
    const all = scale.ticks(9);
    // d3's steps of time are far apart: there may be twice as many as asked for.
    const step = Math.ceil(all.length / 12);
    const times = all.filter((_, index) => index % step === 0);
    const seconds = times.some((time) => time.getTime() % 60_000 !== 0);
    const days = to - from > 20 * 3_600_000;
    const text = (time: Date) => {
        const iso = time.toISOString();
        if (days) return `${iso.slice(5, 10)} ${iso.slice(11, 16)}`;
        return iso.slice(11, seconds ? 19 : 16);
    };
    const every = times.length > 5 ? Math.ceil(times.length / 4) : 1;
    const ticks = times.map((time, index) => ({ at: time.getTime(), text: text(time), minor: index % every !== 0 }));
    return { from, to, percent: (at) => Math.min(100, Math.max(0, scale(at))), ticks };
}

export interface ValueAxis {
    y(value: number): number;
    ticks: number[];
}

/** Pure. */
export function valueAxis({ lines, atLeast, level, log, bytes }: Chart, height: number): ValueAxis {
    const values = lines.flatMap(({ points }) => points.flatMap(([, value]) => value ?? []));
    const most = values.reduce((high, value) => Math.max(high, value), Math.max(atLeast, level?.value ?? 0));
    if (!log) {
        // A little room above, so that a line at its highest is not the frame.
        const unit = bytes ? 1024 ** Math.max(0, Math.floor(Math.log2(most) / 10)) : 1;
        const top = most === level?.value || most === atLeast ? most : most * 1.04;
        const scale = scaleLinear([0, top / unit], [height, 0]).nice(4);
        return { y: (value) => scale(value / unit), ticks: scale.ticks(4).map((tick) => tick * unit) };
    }
    const positive = values.filter((value) => value > 0);
    const least = positive.reduce((low, value) => Math.min(low, value), most);
    const scale = scaleLog(
        [10 ** Math.floor(Math.log10(least)), 10 ** Math.ceil(Math.log10(most * 1.05))],
        [height, 0],
    );
    const [low = 0.1] = scale.domain();
    const ticks = scale.ticks().filter((tick) => Math.abs(Math.log10(tick) - Math.round(Math.log10(tick))) < 1e-9);
    return { y: (value) => scale(Math.max(value, low)), ticks };
}
