/** A value that is known only between two bounds. */
export interface Range {
    low: number;
    high: number;
}

export const exactly = (value: number): Range => ({ low: value, high: value });
export const sum = (...ranges: Range[]): Range => ({
    low: ranges.reduce((total, { low }) => total + low, 0),
    high: ranges.reduce((total, { high }) => total + high, 0),
});
export const times = (a: Range, b: Range): Range => ({ low: a.low * b.low, high: a.high * b.high });
export const scaled = (range: Range, factor: number): Range => ({ low: range.low * factor, high: range.high * factor });
export const map = ({ low, high }: Range, change: (value: number) => number): Range => ({
    low: change(low),
    high: change(high),
});
/** The larger of each bound. */
export const largest = (...ranges: Range[]): Range => ({
    low: Math.max(...ranges.map(({ low }) => low)),
    high: Math.max(...ranges.map(({ high }) => high)),
});
