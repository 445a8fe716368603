import type { Range } from "./range.ts";

/** Ranges in words: rounded to what their bounds are worth, the unit that of the upper one. */

const between = ({ low, high }: Range, text: (value: number) => string): string =>
    text(low) === text(high) ? text(low) : `${text(low)} to ${text(high)}`;

const asRange = (value: Range | number): Range => (typeof value === "number" ? { low: value, high: value } : value);

/** Two figures that count below ten, three above: 0.044, 1.7, 13.3, 66700. */
export function figure(value: number): string {
    if (value === 0) return "0";
    return String(Number(value.toPrecision(Math.abs(value) < 10 ? 2 : 3)));
}

const steps = [
    ["B", 1],
    ["KiB", 2 ** 10],
    ["MiB", 2 ** 20],
    ["GiB", 2 ** 30],
    ["TiB", 2 ** 40],
    ["PiB", 2 ** 50],
] as const;

/** "1.3 to 2 GiB" */
export function bytesText(bytes: Range | number): string {
    const range = asRange(bytes);
    const [unit, factor] = steps.findLast(([, size]) => range.high >= size * 0.9) ?? steps[0];
    return `${between(range, (value) => figure(value / factor))} ${unit}`;
}

/** Of mebibytes. */
export function memoryText(mebibytes: Range | number): string {
    const { low, high } = asRange(mebibytes);
    return bytesText({ low: low * 2 ** 20, high: high * 2 ** 20 });
}

export const coresText = (cores: Range | number): string => between(asRange(cores), figure);

/** "3", "5 to 9" */
export const countText = (count: Range | number): string =>
    between(asRange(count), (value) => String(Math.ceil(value)));
