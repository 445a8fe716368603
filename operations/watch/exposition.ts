import { parseMetrics, type Sample } from "../access/prometheus.ts";

/**
 * The samples of some metrics in a Prometheus text exposition. A dbnode has about 5,900 series (facts.md 4) and we want ten: lines of
 * others are passed over by their names alone. Pure.
 */
export function pick(text: string, names: ReadonlySet<string>): Sample[] {
    const found: string[] = [];
    for (let start = 0; start < text.length; ) {
        let end = text.indexOf("\n", start);
        if (end < 0) end = text.length;
        if (text.charCodeAt(start) !== hash && names.has(nameAt(text, start, end))) found.push(text.slice(start, end));
        start = end + 1;
    }
    return parseMetrics(found.join("\n"));
}

const [hash, brace, space] = ["#", "{", " "].map((character) => character.charCodeAt(0));

function nameAt(text: string, start: number, end: number): string {
    for (let at = start; at < end; at++) {
        const code = text.charCodeAt(at);
        if (code === brace || code === space) return text.slice(start, at);
    }
    return "";
}

type Wanted = (labels: Record<string, string>) => boolean;

/** Sum of a metric over its series; undefined when there is none. */
export function sumOf(samples: Sample[], name: string, wanted: Wanted = () => true): number | undefined {
    const values = samples.filter((sample) => sample.name === name && wanted(sample.labels)).map(({ value }) => value);
    return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0);
}

/** The largest of a metric over its series; undefined when there is none. */
export function mostOf(samples: Sample[], name: string): number | undefined {
    const values = samples.filter((sample) => sample.name === name).map(({ value }) => value);
    return values.length === 0 ? undefined : Math.max(...values);
}

/** A histogram's buckets, summed over its series: counters named "<le>". */
export function bucketsOf(samples: Sample[], name: string, wanted: Wanted = () => true): Record<string, number> {
    const sums: Record<string, number> = {};
    for (const { name: found, labels, value } of samples) {
        if (found !== `${name}_bucket` || labels.le === undefined || !wanted(labels)) continue;
        sums[labels.le] = (sums[labels.le] ?? 0) + value;
    }
    return sums;
}

/** Seconds (or another unit) by bucket text; "+Inf" is infinity. */
export const boundOf = (le: string) => (le === "+Inf" ? Number.POSITIVE_INFINITY : Number(le));
