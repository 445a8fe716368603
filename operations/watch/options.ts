import { extname, join } from "node:path";
import { bytesOf, secondsOf } from "../../settings/units.ts";
import { UserError } from "../../support/errors.ts";
import { userPath } from "../../support/paths.ts";
import { exitCodes } from "../cli/exit.ts";
import type { Values } from "../cli/verbs.ts";
import { logFormats } from "./log/log.ts";
import type { Rotation } from "./log/rotating.ts";
import type { UsageChoice } from "./sources/usage.ts";

export interface WatchOptions {
    intervalMs: number;
    /** Undefined: until it is ended. */
    forMs: number | undefined;
    usage: UsageChoice;
    logs: string[];
    rotation: Rotation;
    json: boolean;
    replay: { file: string; speed: number } | undefined;
    plot: { file: string; out: string } | undefined;
}

/** Node's timers count to 2^31 ms; beyond that they end at once. */
const longestTimer = 480 * 3_600_000;

const usageChoices: UsageChoice[] = ["auto", "metrics-server", "kubelet"];

/** The options of a command line, checked. Throws UserError. */
export function watchOptions(values: Values, path: (name: string) => string = userPath): WatchOptions {
    const text = (name: string) => (typeof values[name] === "string" ? values[name] : undefined);
    const intervalMs = durationMs("interval", text("interval") ?? "5s", 1000, 3_600_000);
    const forText = text("for");
    const [replay, plot] = [text("replay"), text("plot")];
    if (replay !== undefined && plot !== undefined) wrong("--replay and --plot", "one of them at a time");
    const own = ["interval", "for", "metrics", "log", "log-dir", "rotate-size", "keep"];
    for (const name of replay !== undefined || plot !== undefined ? own : []) {
        if (values[name] !== undefined)
            wrong(`--${name}`, `a log is ${replay ? "replayed" : "drawn"} as it was written`);
    }
    if (replay === undefined && values.speed !== undefined) wrong("--speed", "it goes with --replay");
    if (plot === undefined && values.out !== undefined) wrong("--out", "it goes with --plot");
    if (plot !== undefined && values.json) wrong("--json", "a plot is an SVG file");
    const usage = text("metrics") ?? "auto";
    const found = usageChoices.find((choice) => choice === usage);
    if (!found) wrong(`--metrics ${usage}`, usageChoices.join(", "));
    return {
        intervalMs,
        forMs: forText === undefined ? undefined : durationMs("for", forText, 1000, longestTimer),
        usage: found,
        logs: logsOf(text("log"), text("log-dir")).map(path),
        rotation: {
            bytes: sizeOf(text("rotate-size") ?? "32Mi"),
            keep: numberOf("keep", text("keep") ?? "8", 0, 1000),
        },
        json: values.json === true,
        replay: replay === undefined ? undefined : { file: path(replay), speed: speedOf(text("speed") ?? "1") },
        plot: plot === undefined ? undefined : { file: path(plot), out: outOf(plot, text("out"), path) },
    };
}

function wrong(what: string, allowed: string): never {
    throw new UserError(what, { what: `allowed: ${allowed}`, next: "m3perf help watch" }, exitCodes.usage);
}

function durationMs(name: string, value: string, least: number, most: number): number {
    const seconds = secondsOf(value);
    if (seconds === undefined || seconds * 1000 < least || seconds * 1000 > most) {
        wrong(`--${name} ${value}`, `${least / 1000}s to ${most / 3_600_000}h, as Go writes durations: 5s, 1m30s, 2h`);
    }
    return seconds * 1000;
}

function logsOf(log: string | undefined, folder: string | undefined): string[] {
    const files = log?.split(",").filter(Boolean) ?? [];
    for (const file of files) {
        if (!logFormats.includes(extname(file)))
            wrong(`--log ${file}`, `a file that ends with ${logFormats.join(" or ")}`);
    }
    const both = folder === undefined ? [] : logFormats.map((extension) => join(folder, `watch${extension}`));
    return [...files, ...both];
}

/** Small files would be all rotation; one file must fit into memory when it is read by other tools. */
function sizeOf(value: string): number {
    const bytes = bytesOf(value);
    if (bytes === undefined || bytes < 65_536 || bytes > 2 ** 34) wrong(`--rotate-size ${value}`, "64Ki to 16Gi");
    return bytes;
}

function numberOf(name: string, value: string, least: number, most: number): number {
    const number = Number(value);
    if (!/^\d+$/.test(value) || number < least || number > most) wrong(`--${name} ${value}`, `${least} to ${most}`);
    return number;
}

function speedOf(value: string): number {
    const speed = Number(value);
    if (!(speed >= 0.01 && speed <= 100_000)) wrong(`--speed ${value}`, "0.01 to 100000: times as fast as it was");
    return speed;
}

function outOf(file: string, out: string | undefined, path: (name: string) => string): string {
    const name = out ?? file.replace(/\.jsonl$/, "").concat(".svg");
    if (extname(name) !== ".svg") wrong(`--out ${name}`, "a file that ends with .svg");
    return path(name);
}
