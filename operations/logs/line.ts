/** One line of a container's log, with the time that its container runtime gave it. */
export interface LogLine {
    /** RFC 3339 with nanoseconds, always in UTC and of the same form: so it sorts as text. */
    time: string;
    pod: string;
    container: string;
    line: string;
}

export const levels = ["debug", "info", "warn", "error"] as const;
export type Level = (typeof levels)[number];

/** A line as the API gives it with `timestamps=true`; undefined: not of that form (a note of the kubelet). Pure. */
export function splitTime(text: string): { time: string; line: string } | undefined {
    const [, whole, fraction = "", line = ""] =
        /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z ?(.*)$/s.exec(text) ?? [];
    // The runtime leaves trailing zeros out.
    return whole === undefined ? undefined : { time: `${whole}.${fraction.padEnd(9, "0")}Z`, line };
}

const letters: Record<string, Level> = {
    D: "debug",
    I: "info",
    N: "info",
    W: "warn",
    E: "error",
    C: "error",
    F: "error",
};
const words: Record<string, Level> = { warning: "warn", dpanic: "error", panic: "error", fatal: "error" };

/** M3 writes zap's JSON, Prometheus logfmt, etcd 3.4 capnslog's letters; undefined: the line tells no level. Pure. */
export function levelOf(line: string): Level | undefined {
    const word = (zapOf(line)?.level ?? /\blevel=(\w+)/.exec(line)?.[1] ?? "").toLowerCase();
    const known = levels.find((level) => level === word) ?? words[word];
    if (known) return known;
    const letter = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\.?\d*[\d.]* ([DINWECF]) \|/.exec(line)?.[1];
    return letter === undefined ? undefined : letters[letter];
}

/** Whether a line is of a level or worse. Lines that tell none (a panic's stack) count as what is asked for. */
export function atLeast(line: string, level: Level): boolean {
    const own = levelOf(line);
    return own === undefined || levels.indexOf(own) >= levels.indexOf(level);
}

/** zap's JSON as "LEVEL message key=value …"; every other line as it is. Pure. */
export function readable(line: string): string {
    const zap = zapOf(line);
    if (!zap) return line;
    const { level, ts: _, msg, ...rest } = zap;
    const pairs = Object.entries(rest).map(
        ([key, value]) => `${key}=${typeof value === "string" ? quoted(value) : JSON.stringify(value)}`,
    );
    return [level.toUpperCase().padEnd(5), msg, ...pairs].join(" ");
}

const quoted = (text: string) => (/^[^\s"=]+$/.test(text) ? text : JSON.stringify(text));

function zapOf(line: string): { level: string; msg: string; ts?: unknown } | undefined {
    if (!line.startsWith("{")) return undefined;
    try {
        const parsed = JSON.parse(line) as { level?: unknown; msg?: unknown };
        const { level, msg } = parsed;
        return typeof level === "string" && typeof msg === "string" ? { ...parsed, level, msg } : undefined;
    } catch {
        return undefined;
    }
}
