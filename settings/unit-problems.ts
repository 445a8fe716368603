import { cpuPattern, durationOf, exactBytesOf, memoryPattern, secondsOf } from "./units.ts";

/** Why a value is no quantity or duration as a setting takes it, and what to write in its place; undefined: it is one. */

/** resource.Quantity and time.Duration hold 64 bits. */
const largest = 2n ** 63n - 1n;
const longestHours = 2_562_047;

const memoryAllowed = 'must be a Kubernetes quantity, like "512Mi" or "4Gi"';

export function memoryProblem(value: unknown): string | undefined {
    if (typeof value !== "string") return `${memoryAllowed}: a text with its unit`;
    const bytes = exactBytesOf(value);
    if (bytes === undefined) return `${memoryAllowed}${memoryInstead(value)}`;
    if (bytes > largest) return "is more than Kubernetes can count: at most 7Ei";
    // "512" where "512Mi" was meant would be 512 bytes, and no pod would start.
    if (bytes < 2n ** 20n)
        return `is ${bytes} bytes, less than a mebibyte: write it with its unit, like "512Mi" or "4Gi"`;
    return undefined;
}

function memoryInstead(text: string): string {
    if (memoryPattern.test(text)) return ", a whole number of bytes: take the next smaller unit";
    const [, number, letter = ""] = /^(\d+(?:\.\d+)?)\s*([kmgtpe])(?:i|ib|b|bytes)?$/i.exec(text.trim()) ?? [];
    if (number === undefined) return "";
    const thousandths = /^[\d.]+m$/.test(text) ? " (m are thousandths of a byte)" : "";
    return `: write "${number}${letter.toUpperCase()}i"${thousandths}`;
}

const cpuAllowed = 'must be a Kubernetes CPU quantity, like "250m" or "2"';

export function cpuProblem(value: unknown): string | undefined {
    if (typeof value === "number") return `${cpuAllowed}: a text, write "${value}"`;
    if (typeof value !== "string") return `${cpuAllowed}: a text`;
    if (cpuPattern.test(value)) return undefined;
    if (/^0+(\.0*)?m?$/.test(value)) return `${cpuAllowed}: more than zero`;
    if (/^\d*\.\d+m?$/.test(value)) return `${cpuAllowed}: thousandths of a core (1m) are the finest`;
    const [, number] = /^(\d+(?:\.\d{1,3})?)\s*(?:cores?|cpus?|vcpus?)$/i.exec(value.trim()) ?? [];
    return number === undefined ? cpuAllowed : `${cpuAllowed}: write "${number}"`;
}

const durationAllowed = 'must be whole hours, minutes, seconds as Go writes them, like "48h" or "1h30m"';

export function durationProblem(value: unknown): string | undefined {
    if (typeof value === "number" || (typeof value === "string" && /^\d+$/.test(value)))
        return Number(value) === 0
            ? longer
            : `${durationAllowed}: with its unit, "${value}h", "${value}m" or "${value}s"`;
    if (typeof value !== "string") return `${durationAllowed}: a text`;
    const exact = secondsOf(value);
    if (exact !== undefined)
        return exact <= longestHours * 3600 ? undefined : `is longer than Go can count: at most ${longestHours}h`;
    const meant = meantSeconds(value);
    if (meant === undefined) return durationAllowed;
    if (meant === 0) return longer;
    return Number.isInteger(meant)
        ? `${durationAllowed}: write "${durationOf(meant)}"`
        : `${durationAllowed}; a second is the finest, so "1s" at least`;
}

const longer = 'must be longer than zero, like "48h" or "1h30m"';

const units: [RegExp, number][] = [
    [/^(w|weeks?)$/, 604_800],
    [/^(d|days?)$/, 86_400],
    [/^(h|hrs?|hours?)$/, 3600],
    [/^(m|mins?|minutes?)$/, 60],
    [/^(s|secs?|seconds?)$/, 1],
    [/^(ms|millis?|milliseconds?)$/, 1e-3],
    [/^(us|µs|microseconds?)$/, 1e-6],
    [/^(ns|nanoseconds?)$/, 1e-9],
];

/** What somebody who wrote "1.5h", "2d" or "90 minutes" had in mind, in seconds; undefined: nobody can tell. */
function meantSeconds(text: string): number | undefined {
    const plain = text.trim().toLowerCase();
    if (!/^(\d+(\.\d+)?\s*[a-zµ]+\s*)+$/.test(plain)) return undefined;
    let sum = 0;
    for (const [, count, name] of plain.matchAll(/(\d+(?:\.\d+)?)\s*([a-zµ]+)/g)) {
        const unit = units.find(([names]) => names.test(name ?? ""))?.[1];
        if (unit === undefined) return undefined;
        sum += Number(count) * unit;
    }
    // 0.1 of an hour is 360.00000000000006 s.
    return Number(sum.toFixed(6));
}
