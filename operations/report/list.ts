import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { columns } from "../cli/columns.ts";
import { type RunRecord, runFiles, type Verdict } from "../scenarios/types.ts";
import { dayAndClock, lastedText } from "./figures/words.ts";
import { allRuns, resultsFolder } from "./folders.ts";
import { readRecord } from "./read.ts";

/** A run in a list. */
export interface Listed {
    folder: string;
    scenario: string;
    id: string;
    state: RunRecord["state"] | "unreadable";
    startedAt: number | null;
    endedAt: number | null;
    verdicts: { ok: number; fails: number; measured: number } | null;
    report: string | null;
}

/** All runs, the newest last; one that cannot be read is in it all the same. */
export async function listRuns(results = resultsFolder): Promise<Listed[]> {
    return await Promise.all(allRuns(results).map(listed));
}

async function listed(folder: string): Promise<Listed> {
    const page = join(folder, runFiles.html);
    const report = existsSync(page) ? page : null;
    const record = await readRecord(folder).catch(() => undefined);
    if (!record) {
        const [scenario, id] = [basename(dirname(folder)), basename(folder)];
        return { folder, scenario, id, state: "unreadable", startedAt: null, endedAt: null, verdicts: null, report };
    }
    const { scenario, id, state, startedAt, endedAt } = record;
    return { folder, scenario, id, state, startedAt, endedAt, verdicts: await countsOf(folder), report };
}

async function countsOf(folder: string): Promise<Listed["verdicts"]> {
    try {
        const verdicts = JSON.parse(await readFile(join(folder, runFiles.verdicts), "utf8")) as Verdict[];
        const count = (ok: boolean | null) => verdicts.filter((verdict) => verdict.ok === ok).length;
        return { ok: count(true), fails: count(false), measured: count(null) };
    } catch {
        return null;
    }
}

/** For a person. Pure. */
export function renderList(runs: Listed[]): string {
    if (runs.length === 0) return "no run yet: m3perf scenario makes runs\n";
    const rows = runs.map(({ scenario, id, state, startedAt, endedAt, verdicts, report }) => [
        scenario,
        id,
        state,
        startedAt === null ? "-" : dayAndClock(startedAt),
        startedAt === null || endedAt === null ? "-" : lastedText(endedAt - startedAt),
        verdicts ? `${verdicts.ok} ok, ${verdicts.fails} fail, ${verdicts.measured} measured` : "-",
        report ? "yes" : "no",
    ]);
    return `${columns([["SCENARIO", "RUN", "STATE", "BEGAN", "LASTED", "VERDICTS", "PAGE"], ...rows]).join("\n")}\n`;
}
