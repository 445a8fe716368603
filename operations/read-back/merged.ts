import { slotsOf } from "../../agent/load/schedule.ts";
import { slotsPerGroup } from "../../agent/load/series.ts";
import type { LoadPlan } from "../../agent/load/types.ts";
import { messageOf, UserError } from "../../support/errors.ts";
import { jsonOf } from "../access/http.ts";
import type { QueryAnswer } from "../access/m3.ts";
import { callService } from "../access/nodeport.ts";
import type { CheckContext } from "../checks/check.ts";
import { exitCodes } from "../cli/exit.ts";
import { type Chunk, halvesOf } from "./chunks.ts";
import { compareSeries, type Point, type Truth } from "./compare.ts";
import { expectedOf, keyText, type SeriesKey } from "./expected.ts";
import { entriesWithin, type Ledger } from "./ledger.ts";
import { Tally } from "./tally.ts";

/** Failed tries of what cannot be made smaller, before it is given up; and the ms between two. */
const tries = 5;
const between = 2000;

/** No limit of the environment may cut an answer off unseen: one that is reached fails the query, which is then made smaller. */
const headers = { "M3-Limit-Require-Exhaustive": "true", "M3-Limit-Max-Series": "1000000" };

export interface MergedReader {
    context: CheckContext;
    plan: LoadPlan;
    ledger: Ledger;
    truth: Truth;
    /** What M3 warns of, each text once. */
    warnings: Set<string>;
    /** Queries that M3 gave no whole answer to, so that they were asked again, in halves where they could be; and why it was so last. */
    again: { queries: number; why: string };
}

/** Reads one chunk as readers get it and compares it. `unlisted`: see compareSeries. Throws when M3 does not answer. */
export async function readChunk(reader: MergedReader, chunk: Chunk): Promise<{ tally: Tally; unlisted: number }> {
    const { plan, ledger, truth } = reader;
    const tally = new Tally();
    let unlisted = 0;
    for (const part of await answersOf(reader, chunk)) {
        const { groups, from, to } = part.chunk;
        const entries = entriesWithin(ledger, from, to);
        const expected = expectedOf(entries, groups.from * slotsPerGroup, groups.to * slotsPerGroup);
        const read = seriesOf(part.answer, plan);
        for (const { key, points } of read.values()) {
            unlisted += compareSeries(key, expected.get(keyText(key)), points, part.chunk, truth, tally);
        }
        for (const [text, series] of expected) {
            if (!read.has(text)) compareSeries(series, series, [], part.chunk, truth, tally);
        }
    }
    return { tally, unlisted };
}

/** The answers for a chunk, in as many parts as M3 takes it in. */
async function answersOf(reader: MergedReader, chunk: Chunk): Promise<{ chunk: Chunk; answer: QueryAnswer }[]> {
    let last: unknown;
    for (let failed = 0; failed < tries; failed += 1) {
        try {
            return [{ chunk, answer: await ask(reader, chunk) }];
        } catch (error) {
            last = error;
            reader.again.queries += 1;
            reader.again.why = messageOf(error);
        }
        await reader.context.pause(between);
        if (away(last)) await there(reader);
        const halves = halvesOf(chunk);
        if (halves.length > 0) {
            const [first = chunk, second = chunk] = halves;
            return [...(await answersOf(reader, first)), ...(await answersOf(reader, second))];
        }
    }
    throw new UserError(
        "m3query gives no whole answer",
        {
            what: `${selectorOf(reader.plan, chunk)}: ${messageOf(last)}`,
            why: `asked ${tries} times`,
            next: "m3perf verify --only query,m3db; then read the same folder back again",
        },
        exitCodes.unavailable,
    );
}

/** Nobody answered for m3query: it has no room for what was asked, perhaps, and starts again. */
const away = (error: unknown) => /answered 50[23]|ECONN|socket hang up/.test(messageOf(error));
/** ms that it gets to be there again: Kubernetes' back-off lets it start twice in them. Looks are `between` ms apart. */
const startsAgain = 180_000;

/** Waits until m3query answers again, whatever it says; goes on after the last look, too. */
async function there({ context }: MergedReader): Promise<void> {
    const until = context.now() + startsAgain;
    for (let looked = 0; looked < startsAgain / between && context.now() < until; looked += 1) {
        const answer = await callService(context, context.environment.query, "/health", {}).catch(() => undefined);
        if (answer && ![502, 503].includes(answer.status)) return;
        await context.pause(between);
    }
}

const selectorOf = ({ run }: LoadPlan, { groups }: Chunk) => {
    const numbers = Array.from({ length: groups.to - groups.from }, (_, index) => groups.from + index);
    return `{run=${JSON.stringify(run)},group=~"${numbers.join("|")}"}`;
};

/**
 * Raw samples: an instant query of a range selector gives them with their own times (Prometheus' engine, which M3 1.5.0 uses unless told
 * otherwise; no lookback, no step). M3 takes the end of a range as excluded and Prometheus as included, so a second more is asked
 * on both sides, and what is not in the span is left out when it is compared.
 */
async function ask({ context, plan, warnings }: MergedReader, chunk: Chunk): Promise<QueryAnswer> {
    const seconds = Math.ceil((chunk.to - chunk.from) / 1000) + 2;
    const query = `${selectorOf(plan, chunk)}[${seconds}s]`;
    const time = String(chunk.to / 1000 + 1);
    const request = { query: { query, time }, headers };
    const answer = await callService(context, context.environment.query, "/api/v1/query", request);
    const read = jsonOf<QueryAnswer & { warnings?: string[] }>(answer, "m3query");
    if (read.data?.resultType !== "matrix") throw new Error(`m3query answered ${read.data?.resultType}, not a matrix`);
    for (const warning of read.warnings ?? []) warnings.add(warning);
    return read;
}

/** Points by series. Two series of an answer that name the same slot, generation and replica are one: its points are doubled then. */
function seriesOf({ data }: QueryAnswer, plan: LoadPlan): Map<string, { key: SeriesKey; points: Point[] }> {
    const read = new Map<string, { key: SeriesKey; points: Point[] }>();
    const own = slotsOf(plan);
    for (const { metric, values = [] } of data?.result ?? []) {
        const key = {
            slot: Number(metric.slot),
            generation: Number(metric.generation),
            replica: Number(metric.replica ?? 0),
        };
        // A group may have slots of two workers; the other's are in the other's ledger.
        if (plan.worker.of > 1 && (key.slot < own.from || key.slot >= own.to)) continue;
        const points = values.map(([seconds, value]): Point => [Math.round(seconds * 1000), Number(value)]);
        const known = read.get(keyText(key));
        if (known) known.points.push(...points);
        else read.set(keyText(key), { key, points });
    }
    return read;
}
