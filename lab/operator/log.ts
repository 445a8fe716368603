export type Level = "debug" | "info" | "warn" | "error";
export type Fields = Record<string, unknown>;

export interface Log {
    debug(message: string, fields?: Fields): void;
    info(message: string, fields?: Fields): void;
    warn(message: string, fields?: Fields): void;
    error(message: string, fields?: Fields): void;
}

export interface LogOptions {
    debug: boolean;
    /** ISO 8601 instead of seconds since 1970. */
    humanTime: boolean;
    /** Lines for people instead of JSON. */
    devel: boolean;
}

/** One line per action on standard error, as the real operator writes them. Callers pass names and counts, never secrets. */
export function createLog(
    options: LogOptions,
    write: (line: string) => unknown = (line) => process.stderr.write(line),
): Log {
    const at =
        (level: Level) =>
        (message: string, fields: Fields = {}) => {
            if (level === "debug" && !options.debug) return;
            const now = new Date();
            const ts = options.humanTime || options.devel ? now.toISOString() : now.getTime() / 1000;
            write(
                options.devel
                    ? `${ts}\t${level.toUpperCase()}\t${message}\t${JSON.stringify(fields)}\n`
                    : `${JSON.stringify({ level, ts, msg: message, ...fields })}\n`,
            );
        };
    return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

export const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };
