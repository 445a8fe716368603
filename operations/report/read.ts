import { createReadStream, existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { LoadInterval } from "../../agent/load/types.ts";
import { messageOf, UserError } from "../../support/errors.ts";
import type { CheckResult } from "../checks/run.ts";
import { exitCodes } from "../cli/exit.ts";
import {
    type ReadBack,
    type RunData,
    type RunEvent,
    type RunRecord,
    runFiles,
    type Verdict,
} from "../scenarios/types.ts";
import { readLog } from "../watch/log/read.ts";
import type { Sample } from "../watch/sample.ts";

/** A run, and what of it is not there or could not be read: a run that was cut off is reported as far as it came. */
export interface LoadedRun extends RunData {
    missing: string[];
}

/** Throws UserError where the folder holds no run. */
export async function loadRun(folder: string): Promise<LoadedRun> {
    const run = await readRecord(folder);
    const missing: string[] = [];
    const { endedAt } = run;
    // A scenario that was carried out and read or wrote nothing has no file of it.
    const done = run.state === "passed" || run.state === "failed";
    const none = new Set<string>(
        done ? [runFiles.reads, ...(run.load === null ? [runFiles.load, runFiles.readBack] : [])] : [],
    );
    if (endedAt === null) missing.push(`${runFiles.run}: no end; the run goes on, or was ended from outside`);
    const told = (file: string) => (none.has(file) && !existsSync(join(folder, file)) ? [] : missing);
    const lines = <Line extends { at: number }>(file: string, isLine: (value: Partial<Line>) => boolean) =>
        readLines<Line>(join(folder, file), file, isLine, told(file));
    const whole = <Value>(file: string) => readWhole<Value>(join(folder, file), file, told(file));
    const events = await lines<RunEvent>(runFiles.events, ({ title, kind }) => !!kind && typeof title === "string");
    const isInterval = ({ v, latency }: Partial<LoadInterval>) => v === 1 && Array.isArray(latency);
    const own = await lines<LoadInterval>(runFiles.load, isInterval);
    const load = [...own, ...(await unfinishedLoads(folder, own, isInterval))];
    const reads = await lines<LoadInterval>(runFiles.reads, isInterval);
    const watch = await readWatch(folder, missing);
    const readBack = await whole<ReadBack>(runFiles.readBack);
    const verifyBefore = await whole<CheckResult[]>(runFiles.verifyBefore);
    const verifyAfter = await whole<CheckResult[]>(runFiles.verifyAfter);
    const verdicts = (await whole<Verdict[]>(runFiles.verdicts)) ?? [];
    const byTime = <Line extends { at: number }>(list: Line[]) => list.sort((a, b) => a.at - b.at);
    return {
        folder,
        run,
        events: byTime(events),
        load: byTime(load),
        reads: byTime(reads),
        // It may have gone on a little after the run's end.
        watch: watch.filter(({ at }) => endedAt === null || at <= endedAt),
        readBack,
        verifyBefore,
        verifyAfter,
        verdicts,
        missing,
    };
}

/** Loads that steps start have logs of their own, which are added to the run's at their end: those of which that was not done. */
async function unfinishedLoads(
    folder: string,
    known: LoadInterval[],
    isInterval: (value: Partial<LoadInterval>) => boolean,
): Promise<LoadInterval[]> {
    const times = new Set(known.map(({ at }) => at));
    let found: LoadInterval[] = [];
    for (let index = 0; existsSync(join(folder, runFiles.loads, String(index))); index += 1) {
        const path = join(folder, runFiles.loads, String(index), runFiles.load);
        const lines = existsSync(path) ? await readLines<LoadInterval>(path, runFiles.load, isInterval, []) : [];
        // Not push: a long load has more lines than a call takes arguments.
        found = [...found, ...lines.filter(({ at }) => !times.has(at))];
    }
    return found;
}

/** run.json of a folder. Throws UserError. */
export async function readRecord(folder: string): Promise<RunRecord> {
    const file = join(folder, runFiles.run);
    const wrong = (what: string) => {
        const next = "name the folder of a run (m3perf report list shows them)";
        return new UserError("this is no run's folder", { what: `${file}: ${what}`, next }, exitCodes.usage);
    };
    if (!existsSync(file)) throw wrong("no such file");
    let record: Partial<RunRecord> | null;
    try {
        record = JSON.parse(await readFile(file, "utf8"));
    } catch (error) {
        throw wrong(messageOf(error));
    }
    if (record?.v !== 1) throw wrong(`v is ${JSON.stringify(record?.v)}; this m3perf knows 1`);
    for (const key of ["scenario", "id", "startedAt", "environment"] as const) {
        if (record[key] === undefined) throw wrong(`it has no ${key}`);
    }
    return { versions: {}, settings: {}, load: null, endedAt: null, ...record } as RunRecord;
}

async function readLines<Line extends { at: number }>(
    path: string,
    name: string,
    isLine: (value: Partial<Line>) => boolean,
    missing: string[],
): Promise<Line[]> {
    if (!existsSync(path)) {
        missing.push(`${name}: not there`);
        return [];
    }
    const found: Line[] = [];
    let broken = 0;
    const input = createReadStream(path, "utf8");
    for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
        if (text.trim() === "") continue;
        const value = parsed<Partial<Line>>(text);
        if (value !== undefined && typeof value.at === "number" && isLine(value)) found.push(value as Line);
        else broken += 1;
    }
    if (broken > 0)
        missing.push(`${name}: ${broken} of ${found.length + broken} lines are cut or of another kind, and left out`);
    return found;
}

function parsed<Value extends object>(text: string): Value | undefined {
    try {
        const value: unknown = JSON.parse(text);
        return typeof value === "object" && value !== null ? (value as Value) : undefined;
    } catch {
        return undefined;
    }
}

async function readWhole<Value>(path: string, name: string, missing: string[]): Promise<Value | null> {
    if (!existsSync(path)) {
        missing.push(`${name}: not there`);
        return null;
    }
    try {
        return JSON.parse(await readFile(path, "utf8")) as Value;
    } catch (error) {
        missing.push(`${name}: cannot be read (${messageOf(error)})`);
        return null;
    }
}

/** "holds no sample": what is wrong with the log, without its path. */
const reasonOf = ({ problems, message }: UserError, folder: string) =>
    (problems[0]?.what ?? message).replace(`${join(folder, runFiles.watch)}: `, "").replace(/^it /, "");

async function readWatch(folder: string, missing: string[]): Promise<Sample[]> {
    const samples: Sample[] = [];
    const state = { samples: 0, broken: 0 };
    try {
        for await (const sample of readLog(join(folder, runFiles.watch), state)) samples.push(sample);
    } catch (error) {
        if (!(error instanceof UserError)) throw error;
        const there = existsSync(join(folder, runFiles.watch));
        missing.push(`${runFiles.watch}: ${there ? reasonOf(error, folder) : "not there"}`);
    }
    if (state.broken > 0) missing.push(`${runFiles.watch}: ${state.broken} lines are cut, and left out`);
    return samples;
}
