/**
 * Kubernetes quantities and Go durations as settings write them, read exactly: digits and factors are whole numbers all the way.
 * What does not match a pattern is refused, with what to write in its place (unit-problems.ts).
 */

/** "512Mi", "1.5Gi", "1e9", "1000000". Not "100m": thousandths of a byte. */
export const memoryPattern = /^\d+(\.\d+)?([KMGTPE]i|[kMGTPE]|[eE]\d{1,2})?$/;

/** "250m", "2", "0.5". Kubernetes counts thousandths of a core and nothing finer. */
export const cpuPattern = /^(?=.*[1-9])(\d+m|\d+(\.\d{1,3})?)$/;

/** "48h", "1h30m", "90s": whole hours, minutes, seconds, in this order; not zero. */
export const durationPattern = /^(?=.*[1-9])(?=.*[hms])(\d+h)?(\d+m)?(\d+s)?$/;

const factors: Record<string, bigint> = {
    "": 1n,
    ...Object.fromEntries([..."kMGTPE"].map((unit, index) => [unit, 1000n ** BigInt(index + 1)])),
    ...Object.fromEntries([..."KMGTPE"].map((unit, index) => [`${unit}i`, 1024n ** BigInt(index + 1)])),
};

/** Bytes of a memory quantity; undefined when it is none, or no whole number of bytes. */
export function exactBytesOf(quantity: string): bigint | undefined {
    if (!memoryPattern.test(quantity)) return undefined;
    const [, whole = "", decimals = "", unit = ""] = /^(\d+)\.?(\d*)(.*)$/.exec(quantity) ?? [];
    const factor = factors[unit] ?? 10n ** BigInt(unit.slice(1));
    const value = BigInt(whole + decimals) * factor;
    const scale = 10n ** BigInt(decimals.length);
    return value % scale === 0n ? value / scale : undefined;
}

/** Bytes as a number, exact to 2^53; undefined when it is no quantity. */
export function bytesOf(quantity: string): number | undefined {
    const bytes = exactBytesOf(quantity);
    return bytes === undefined ? undefined : Number(bytes);
}

/** Whole mebibytes of a quantity, rounded down; 0 when it is none. */
export function mebibytesOf(quantity: string): number {
    return Number((exactBytesOf(quantity) ?? 0n) / 2n ** 20n);
}

/** Thousandths of a core of a CPU quantity; 0 when it is none. */
export function millicoresOf(quantity: string): number {
    if (!cpuPattern.test(quantity)) return 0;
    if (quantity.endsWith("m")) return Number(quantity.slice(0, -1));
    const [whole = "0", decimals = ""] = quantity.split(".");
    return Number(whole) * 1000 + Number(decimals.padEnd(3, "0"));
}

const seconds: Record<string, number> = { h: 3600, m: 60, s: 1 };

/** Seconds of a duration; undefined when it is none. */
export function secondsOf(duration: string): number | undefined {
    if (!durationPattern.test(duration)) return undefined;
    return [...duration.matchAll(/(\d+)([hms])/g)].reduce(
        (sum, [, count, unit]) => sum + Number(count) * (seconds[unit ?? ""] ?? 0),
        0,
    );
}

/** "48h", "1h30m", "90s" is "1m30s": the shortest way to write whole seconds. */
export function durationOf(total: number): string {
    const parts = [
        [Math.floor(total / 3600), "h"],
        [Math.floor(total / 60) % 60, "m"],
        [total % 60, "s"],
    ] as const;
    return parts.map(([count, unit]) => (count > 0 ? `${count}${unit}` : "")).join("") || "0s";
}

const milliseconds: Record<string, number> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** Milliseconds of a Prometheus duration of hours, minutes, seconds and milliseconds ("30ms", "1m30s"); 0 when it is none. */
export function prometheusMilliseconds(duration: string): number {
    return [...duration.matchAll(/(\d+)(ms|[hms])/g)].reduce(
        (sum, [, count, unit]) => sum + Number(count) * (milliseconds[unit ?? ""] ?? 0),
        0,
    );
}
