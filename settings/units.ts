const binary: Record<string, number> = { Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 };
const decimal: Record<string, number> = { "": 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12 };

/** Bytes of a Kubernetes memory quantity ("8Gi", "512Mi", "1000000"); undefined when it is none. */
export function bytesOf(quantity: string): number | undefined {
    const [, number, unit] = /^(\d+(?:\.\d+)?)([A-Za-z]*)$/.exec(quantity) ?? [];
    const factor = binary[unit ?? "?"] ?? decimal[unit ?? "?"];
    return number === undefined || factor === undefined ? undefined : Number(number) * factor;
}

/** Whole mebibytes of a quantity, rounded down; 0 when it is none. */
export function mebibytesOf(quantity: string): number {
    return Math.floor((bytesOf(quantity) ?? 0) / 2 ** 20);
}

/** Thousandths of a core of a Kubernetes CPU quantity ("250m", "2", "0.5"); 0 when it is none. */
export function millicoresOf(quantity: string): number {
    const [, number, unit] = /^(\d+(?:\.\d+)?)(m?)$/.exec(quantity) ?? [];
    return number === undefined ? 0 : Math.ceil(Number(number) * (unit === "m" ? 1 : 1000));
}

const seconds: Record<string, number> = { h: 3600, m: 60, s: 1 };

/** Seconds of a Go duration made of whole hours, minutes and seconds ("48h", "1h30m"); undefined when it is none. */
export function secondsOf(duration: string): number | undefined {
    if (!/^(\d+[hms])+$/.test(duration)) return undefined;
    return [...duration.matchAll(/(\d+)([hms])/g)].reduce(
        (sum, [, count, unit]) => sum + Number(count) * (seconds[unit ?? ""] ?? 0),
        0,
    );
}
