import { UserError } from "../../../support/errors.ts";
import { createProgress } from "../../../support/progress.ts";
import { nanosecondsOf } from "../../access/m3.ts";
import { chosenOf, sourcesOf } from "../../logs/component.ts";
import { followLogs } from "../../logs/follow.ts";
import { atLeast, type Level, type LogLine, levels, readable } from "../../logs/line.ts";
import { reach } from "../../stack/reach.ts";
import { exitCodes } from "../exit.ts";
import { wantsColor } from "../output.ts";
import { outputGone } from "../readers.ts";
import type { Values } from "../verbs.ts";

export async function main(values: Values, words: string[]): Promise<number> {
    const wanted = filterOf(values);
    const since = Date.now() - millisecondsOf("--since", values.since ?? "10m");
    if (words.length > 1)
        throw new UserError("m3perf logs takes one component", { what: words.join(" ") }, exitCodes.usage);
    const follow = values.follow === true;
    const previous = values.previous === true;
    if (follow && previous) {
        throw new UserError("--previous is of containers that have ended: it cannot be followed", [], exitCodes.usage);
    }
    const { say } = createProgress();
    const { environment, call, stream } = await reach(values, say);
    const chosen = chosenOf(environment, words[0]);
    if ((await sourcesOf(call, chosen)).length === 0 && !follow) {
        throw new UserError(`there is no pod of ${words[0]}`, { what: `looked in ${chosen.namespace}` });
    }
    const stop = new AbortController();
    const end = () => stop.abort();
    process.once("SIGINT", end).once("SIGTERM", end);
    const color = wantsColor(process.stdout);
    let silent = 0;
    try {
        silent = await followLogs({
            ...{ stream, follow, previous, say },
            sources: () => sourcesOf(call, chosen),
            since: new Date(since).toISOString().replace(/\.\d+Z$/, ".000000000Z"),
            signal: AbortSignal.any([stop.signal, outputGone]),
            show(line) {
                if (!wanted(line.line)) return;
                process.stdout.write(values.json ? `${JSON.stringify(line)}\n` : `${lineText(line, color)}\n`);
            },
        });
    } catch (error) {
        if (!stop.signal.aborted) throw error;
    } finally {
        process.off("SIGINT", end).off("SIGTERM", end);
    }
    if (stop.signal.aborted) return exitCodes.interrupted;
    return silent > 0 && !follow ? exitCodes.failed : exitCodes.ok;
}

/** Which lines --grep and --level let through. Throws UserError. Pure. */
export function filterOf({ grep, level }: Values): (line: string) => boolean {
    if (level !== undefined && !levels.some((known) => known === level)) {
        throw new UserError(`--level = ${level}`, { what: `allowed: ${levels.join(", ")}` }, exitCodes.usage);
    }
    let expression: RegExp | undefined;
    try {
        expression = typeof grep === "string" ? new RegExp(grep) : undefined;
    } catch (error) {
        throw new UserError(`--grep = ${grep}`, { what: error instanceof Error ? error.message : "" }, exitCodes.usage);
    }
    return (line) => (expression?.test(line) ?? true) && (level === undefined || atLeast(line, level as Level));
}

/** Milliseconds of a Go duration. Throws UserError. Pure. */
export function millisecondsOf(option: string, value: string | boolean): number {
    if (typeof value === "string" && /^(\d+(\.\d+)?(h|m|s))+$/.test(value)) return nanosecondsOf(value) / 1e6;
    throw new UserError(
        `${option} = ${value}`,
        { what: "allowed: a duration such as 90s, 10m, 1h30m" },
        exitCodes.usage,
    );
}

/** "18:21:44.968 etcd-0 …": the time in UTC. Pure. */
export function lineText({ time, pod, line }: LogLine, color: boolean): string {
    const name = shortName(pod);
    const hue = [...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 6, 0) + 31;
    return `${time.slice(11, 23)} ${color ? `\x1b[${hue}m${name}\x1b[0m` : name} ${readable(line)}`;
}

/** Without the hash of a Deployment's ReplicaSet: "m3query-jcj2k". Pure. */
export const shortName = (pod: string) => pod.replace(/-[a-z0-9]{8,10}(-[a-z0-9]{5})$/, "$1");
