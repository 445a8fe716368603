import { join } from "node:path";
import { waitingMs } from "../../agent/load/engine.ts";
import { isDue, requestsOf } from "../../agent/load/schedule.ts";
import { labelsOf, valueAt } from "../../agent/load/series.ts";
import { UserError } from "../../support/errors.ts";
import { nanosecondsOf } from "../access/m3.ts";
import type { CheckContext } from "../checks/check.ts";
import { exitCodes } from "../cli/exit.ts";
import { type ReadBack, runFiles } from "../scenarios/types.ts";
import { type Chunk, chunksOf } from "./chunks.ts";
import type { Truth } from "./compare.ts";
import { type Ledger, readLedger } from "./ledger.ts";
import { type MergedReader, readChunk } from "./merged.ts";
import { readReplicas } from "./replicas.ts";
import { type RunPlan, readRunPlan } from "./run-plan.ts";
import { Tally } from "./tally.ts";

export interface ReadBackOptions {
    /** Series that are read from each of their replicas; 0: none, only the merged copy. All of them where there are no more. */
    replicaSeries?: number;
    /** What goes on. */
    note?(text: string): void;
    /** Ends it early, with an error. */
    signal?: AbortSignal;
}

export const defaultReplicaSeries = 600;
/** ms before the first and after the last sample that are looked at, too: samples that nobody sent. */
const margin = 60_000;
/** Samples that are to leave M3 within so many ms are not asked for: they may do so while we read. */
const leaving = 300_000;
/** ms before what was missing is asked for once more. */
const settle = 3000;

/** Why nothing is known of them (access/in-memory.ts). */
export const notOneByOne =
    "which M3 1.5.0's API reads for one replica alone only once a node has answered 32,768 requests since its start";

/** Asks M3 for the samples that it acknowledged in a run and says what became of each. Changes nothing. */
export async function readBack(
    folder: string,
    context: CheckContext,
    options: ReadBackOptions = {},
): Promise<ReadBack> {
    const run = await readRunPlan(folder);
    const { plan } = run;
    const ledger = await readLedger(join(folder, runFiles.ledger));
    const { replicaSeries = defaultReplicaSeries, note = () => {}, signal } = options;
    const at = context.now();
    const { span, aged } = spanOf(ledger, context, at);
    const truth = truthOf(run, ledger);
    const reader: MergedReader = { context, plan, ledger, truth, warnings: new Set(), again: { queries: 0, why: "" } };

    const watching = { note, ...(signal && { signal }) };
    const merged = await readMerged(reader, span, watching);
    const replicas = replicaSeries === 0 ? undefined : await readReplicas(reader, span, replicaSeries, watching);
    const result = merged.tally.result(plan.intervalMs);
    const { queries, why } = reader.again;
    const notes = [
        ...merged.notes,
        ...[...reader.warnings].map((warning) => `M3 warns: ${warning}`),
        ...(queries > 0
            ? [
                  `${queries} queries had no whole answer and were asked again, smaller where it could be; the last: ${why}`,
              ]
            : []),
    ];
    const sampled = [
        ...(aged > 0 ? [`${aged} acknowledged samples are older than M3 keeps them and were not asked for`] : []),
        ...(replicas && replicas.slots > 0 && replicas.slots < replicas.ofSlots
            ? [`replicas: ${replicas.slots} of ${replicas.ofSlots} slots, evenly spread`]
            : []),
        ...(replicas?.since === undefined
            ? []
            : [
                  `replicas: samples before ${new Date(replicas.since).toISOString()} are on their disks, ${notOneByOne}`,
              ]),
        ...(replicas ? [] : ["replicas were not asked"]),
    ];
    return {
        v: 1,
        at,
        checked: ledger.acknowledged - aged,
        acknowledged: ledger.acknowledged,
        ...(sampled.length > 0 && { sampled: sampled.join("; ") }),
        merged: result,
        replicas: Object.fromEntries(
            [...(replicas?.copies ?? [])]
                .sort(([a], [b]) => (a < b ? -1 : 1))
                .map(([pod, { tally, series }]) => [pod, { ...tally.result(plan.intervalMs), series }]),
        ),
        ...(replicas?.since !== undefined && { replicasSince: replicas.since }),
        ...(replicas && replicas.unread.length > 0 && { unread: replicas.unread }),
        ...(notes.length > 0 && { notes }),
    };
}

/** From when to when is asked, in whole seconds, and how many acknowledged samples are too old to be asked for. */
function spanOf(ledger: Ledger, { environment }: CheckContext, now: number) {
    if (ledger.entries.length === 0) {
        throw new UserError(
            "nothing was sent in this run",
            { what: `${runFiles.ledger} has no entries`, next: "run a load first: m3perf load" },
            exitCodes.usage,
        );
    }
    const raw = environment.cluster.namespaces.find(({ resolution }) => resolution === undefined);
    const oldest = raw ? now - nanosecondsOf(raw.retention) / 1e6 + leaving : 0;
    const from = Math.max(Math.floor((ledger.first - margin) / 1000), Math.ceil(oldest / 1000)) * 1000;
    const to = Math.ceil((ledger.last + margin) / 1000) * 1000;
    let aged = 0;
    for (const entry of ledger.entries) {
        if (entry.time >= from) break;
        if (entry.outcome === "acknowledged") aged += entry.to - entry.from;
    }
    if (aged > 0 && aged === ledger.acknowledged) {
        throw new UserError("every sample of this run is older than M3 keeps it", {
            what: `the last one is of ${new Date(ledger.last).toISOString()}, retention ${raw?.retention}`,
        });
    }
    return { span: { from, to }, aged };
}

function truthOf({ plan, startedAt }: RunPlan, ledger: Ledger): Truth {
    const requests = requestsOf(plan);
    const { intervalMs } = plan;
    // What was in hand at the end had its time-out yet, and had waited before.
    const openFrom = ledger.last - plan.timeoutMs - waitingMs(plan);
    return {
        valueAt: ({ slot, generation }, time) => valueAt(plan, slot, generation, time),
        open: (series, time) => time >= openFrom && isDue(requests, { startedAt, intervalMs }, series, time),
        nameOf: ({ slot, generation, replica }) => {
            const { __name__: name, le } = labelsOf(plan, slot, generation, replica);
            const more = [
                ...(le === undefined ? [] : [`le ${le}`]),
                ...(plan.churnPercentPerHour > 0 ? [`generation ${generation}`] : []),
                ...(plan.replicas > 1 ? [`replica ${replica}`] : []),
            ];
            return [`${name} slot ${slot}`, ...more].join(", ");
        },
    };
}

/**
 * All of it as readers get it. What is missing is asked for once more at the end: with a consistency that takes what it gets
 * (unstrict_majority), an answer given while replicas are away can lack samples that are not lost.
 */
async function readMerged(
    reader: MergedReader,
    span: { from: number; to: number },
    { note, signal }: { note(text: string): void; signal?: AbortSignal },
): Promise<{ tally: Tally; notes: string[] }> {
    const tally = new Tally();
    const notes: string[] = [];
    const again: { chunk: Chunk; missing: number }[] = [];
    let unlisted = 0;
    const chunks = chunksOf(reader.plan, span);
    for (const [index, chunk] of chunks.entries()) {
        signal?.throwIfAborted();
        const read = await readChunk(reader, chunk);
        const missing = read.tally.faults.missing;
        if (missing > 0) again.push({ chunk, missing });
        else {
            tally.add(read.tally);
            unlisted += read.unlisted;
        }
        note(`query ${index + 1} of ${chunks.length}: ${tally.found} samples found`);
    }
    let late = 0;
    if (again.length > 0) await reader.context.pause(settle);
    for (const [index, { chunk, missing }] of again.entries()) {
        signal?.throwIfAborted();
        const read = await readChunk(reader, chunk);
        late += Math.max(0, missing - read.tally.faults.missing);
        tally.add(read.tally);
        unlisted += read.unlisted;
        note(`second look ${index + 1} of ${again.length}: ${tally.faults.missing} samples missing`);
    }
    if (late > 0) notes.push(`${late} samples were there only at a second look: answers were incomplete for a while`);
    if (unlisted > 0) {
        notes.push(`${unlisted} samples near the end are right but not in the ledger: its generator was killed`);
    }
    if (reader.ledger.cut) notes.push(`${runFiles.ledger} ends in the middle of a line: its generator was killed`);
    return { tally, notes };
}
