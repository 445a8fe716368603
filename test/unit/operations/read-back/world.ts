/**
 * A load that has been run, and a fake M3 that holds what came of it: three database pods with a copy each, m3query that merges them.
 * Its answers have the form of M3 1.5.0's. A test plants what it wants found.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { requestsOf, timesOf } from "../../../../agent/load/schedule.ts";
import { generationOf, labelsOf, valueAt } from "../../../../agent/load/series.ts";
import type { LedgerEntry, LoadPlan } from "../../../../agent/load/types.ts";
import type { HttpRequest, HttpResponse } from "../../../../operations/access/http.ts";
import { seriesIdOf } from "../../../../operations/access/series-id.ts";
import { type ReadBackOptions, readBack } from "../../../../operations/read-back/index.ts";
import { environment, type Fake, healthy, now } from "../healthy.ts";

export const pods = environment.cluster.pods;
/** When every load of these tests began: 20 minutes before the fake's present. */
export const startedAt = now - 20 * 60_000;

interface Stored {
    labels: Record<string, string>;
    points: [time: number, value: number][];
}

export interface World {
    plan: LoadPlan;
    folder: string;
    fake: Fake;
    ledger: Required<LedgerEntry>[];
    /** By pod, then by series id. */
    copies: Map<string, Map<string, Stored>>;
    /** Queries that m3query got. */
    queries: string[];
    /** Puts a sample into some copies; a value that is there at this time is replaced. */
    put(
        series: [slot: number, generation: number, replica: number],
        time: number,
        value: number,
        into?: string[],
    ): void;
    /** Takes samples out of some copies; returns how many series lost one. */
    take(chosen: (labels: Record<string, string>, time: number) => boolean, from?: string[]): number;
    readBack(options?: ReadBackOptions): ReturnType<typeof readBack>;
    remove(): void;
}

export type Fate = { outcome: LedgerEntry["outcome"]; there: boolean };
const taken: Fate = { outcome: "acknowledged", there: true };

/** Runs a load of so many ms; `fateOf` says what became of a request. `began`: when, else at `startedAt`. */
export function world(
    plan: LoadPlan,
    ms: number,
    fateOf: (time: number, from: number) => Fate = () => taken,
    began = startedAt,
): World {
    const copies: World["copies"] = new Map(pods.map((pod) => [pod, new Map()]));
    const ledger: Required<LedgerEntry>[] = [];
    const put: World["put"] = ([slot, generation, replica], time, value, into = pods) => {
        const labels = labelsOf(plan, slot, generation, replica);
        const id = seriesIdOf(environment, labels) ?? "";
        for (const pod of into) {
            const stored = copies.get(pod)?.get(id) ?? { labels, points: [] };
            stored.points = stored.points.filter(([at]) => at !== time);
            stored.points.push([time, value]);
            copies.get(pod)?.set(id, stored);
        }
    };
    for (const request of requestsOf(plan)) {
        for (const time of timesOf(plan, request, began, began + ms)) {
            const { outcome, there } = fateOf(time, request.from);
            for (let slot = request.from; slot < request.to; slot += 1) {
                const generation = generationOf(plan, slot, time, began);
                const last = ledger.at(-1);
                if (last?.time === time && last.to === slot && last.generation === generation) last.to += 1;
                else ledger.push({ time, from: slot, to: slot + 1, replica: request.replica, generation, outcome });
                if (there) {
                    put([slot, generation, request.replica], time, valueAt(plan, slot, generation, time));
                }
            }
        }
    }
    const folder = mkdtempSync(join(tmpdir(), "m3perf-read-back-"));
    const made: World = {
        plan,
        folder,
        fake: healthy(),
        ledger,
        copies,
        queries: [],
        put,
        take: (chosen, from = pods) => takeOut(copies, chosen, from),
        async readBack(options = {}) {
            mkdirSync(folder, { recursive: true });
            writeFileSync(join(folder, "plan.json"), JSON.stringify({ plan, startedAt: began }));
            writeFileSync(join(folder, "ledger.jsonl"), ledger.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
            return readBack(folder, made.fake.context, options);
        },
        remove: () => rmSync(folder, { recursive: true, force: true }),
    };
    serve(made);
    return made;
}

function takeOut(copies: World["copies"], chosen: Parameters<World["take"]>[0], from: string[]): number {
    let series = 0;
    for (const pod of from) {
        for (const stored of copies.get(pod)?.values() ?? []) {
            const kept = stored.points.filter(([time]) => !chosen(stored.labels, time));
            if (kept.length < stored.points.length) series += 1;
            stored.points = kept;
        }
    }
    return series;
}

const json = (body: unknown): HttpResponse => ({ status: 200, body: JSON.stringify(body) });

function serve({ fake, copies, queries }: World): void {
    fake.ports.set("32558 /api/v1/query", ({ query }) => {
        queries.push(query?.query ?? "");
        return json({ status: "success", data: { resultType: "matrix", result: matrix(copies, query) } });
    });
    for (const pod of pods) {
        fake.answers.set(fake.podPath(pod, 9002, "/fetch"), ({ body }) => {
            const { id, rangeStart, rangeEnd } = body as { id: string; rangeStart: number; rangeEnd: number };
            if (!Number.isInteger(rangeStart) || !Number.isInteger(rangeEnd))
                return { status: 400, body: '{"error":"json: cannot unmarshal number into Go struct field"}' };
            const points = copies.get(pod)?.get(id)?.points ?? [];
            const within = points.filter(([time]) => time >= rangeStart * 1000 && time < rangeEnd * 1000);
            return json({ datapoints: within.map(([timestamp, value]) => ({ timestamp, value })) });
        });
    }
}

/** What a range selector finds: all copies merged; of two values at one time the last copy's, as M3 has one. */
function matrix(copies: World["copies"], query: HttpRequest["query"]) {
    const parts = /^\{run="(.*)",group=~"([\d|]+)"\}\[(\d+)s\]$/.exec(query?.query ?? "");
    if (!parts) throw new Error(`the fake does not know the query ${query?.query}`);
    const [, run, groups = "", seconds] = parts;
    const end = Number(query?.time) * 1000;
    const merged = new Map<string, { labels: Record<string, string>; points: Map<number, number> }>();
    for (const copy of copies.values()) {
        for (const [id, { labels, points }] of copy) {
            if (labels.run !== run || !groups.split("|").includes(labels.group ?? "")) continue;
            const series = merged.get(id) ?? { labels, points: new Map() };
            merged.set(id, series);
            for (const [time, value] of points) {
                if (time >= end - Number(seconds) * 1000 && time < end) series.points.set(time, value);
            }
        }
    }
    return [...merged.values()]
        .filter(({ points }) => points.size > 0)
        .map(({ labels, points }) => ({
            metric: labels,
            values: [...points].sort(([a], [b]) => a - b).map(([time, value]) => [time / 1000, String(value)]),
        }));
}
