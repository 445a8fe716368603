import type { Point } from "../../watch/plot/traces.ts";

/** One chart over the run's time. Its id is where a verdict's link leads to. */
export interface Chart {
    id: string;
    title: string;
    unit: string;
    /** What to see in it, in a sentence. */
    note?: string;
    /** `mean`: where it is not that of the points. */
    lines: { name: string; points: Point[]; stroke: number; mean?: number }[];
    /** A level that matters, with its name. */
    level?: { value: number; name: string };
    /** The axis reaches at least this far. */
    atLeast: number;
    /** Figures of very different size: each step of the axis is ten times the one before. */
    log?: boolean;
    /** Figures are bytes: the axis has steps that are even in MiB and GiB. */
    bytes?: boolean;
    /** Beside a line's name: its mean, or only its highest. */
    mean?: boolean;
    /** A longer time between two points is a gap. */
    gapMs: number;
    text(value: number): string;
}

/** Lines have at most about so many points: more than a page has pixels for is of no use. */
export const mostSlots = 300;
