import { slotsOf } from "../../agent/load/schedule.ts";
import { labelsOf } from "../../agent/load/series.ts";
import { messageOf } from "../../support/errors.ts";
import { ownersIn } from "../access/copies.ts";
import { fetchSeries } from "../access/dbnode.ts";
import { diskAnswers, inMemorySince } from "../access/in-memory.ts";
import { askM3, type Namespaces, type Placement, unaggregatedOf } from "../access/m3.ts";
import { seriesIdOf } from "../access/series-id.ts";
import { shardOf } from "../access/shards.ts";
import type { CheckContext } from "../checks/check.ts";
import { compareSeries, type Point } from "./compare.ts";
import { type ExpectedSeries, expectedOf } from "./expected.ts";
import { entriesWithin } from "./ledger.ts";
import type { MergedReader } from "./merged.ts";
import { Tally } from "./tally.ts";

/** Slots that are read at the same time, each from all of its owners. */
const atOnce = 8;
/** Tries for one series of one pod, or the placement, and the ms between two. */
const tries = 3;
const between = 1000;
/** A pod that has failed for so many series is not asked again: each call to one that is silent takes seconds. */
const patience = 3;
/** Slots whose series tell whether what is on disk can be asked for. */
const probed = 4;

export interface ReplicasRead {
    /** By pod. */
    copies: Map<string, { tally: Tally; series: number }>;
    slots: number;
    ofSlots: number;
    unread: string[];
    /** ms since 1970: what is older was on disk, where M3 did not let one replica's copy be asked for (access/in-memory.ts). */
    since?: number;
}

/**
 * So many slots, spread over all, so that each kind, each place in a histogram and each time of churn has its part; always the same ones.
 * Steps of a golden section, without a common divisor with the whole, come to each slot once, and to no place more often. Pure.
 */
export function chooseSlots({ from, to }: { from: number; to: number }, most: number): number[] {
    const all = to - from;
    const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));
    let step = Math.floor(all * 0.618);
    while (divisor(step, all) !== 1) step += 1;
    const count = Math.min(all, Math.max(1, most));
    return Array.from({ length: count }, (_, index) => from + ((index * step) % all)).sort((a, b) => a - b);
}

/**
 * Reads series from each dbnode that owns their shard, from its own copy, and compares each copy. One call for each series and copy
 * (dbnode's API has no other that answers in plain numbers), so `mostSeries` says how many of them.
 */
export async function readReplicas(
    reader: MergedReader,
    span: { from: number; to: number },
    mostSeries: number,
    { note, signal }: { note(text: string): void; signal?: AbortSignal },
): Promise<ReplicasRead> {
    const { context, plan, ledger } = reader;
    const own = slotsOf(plan);
    const nothing = { copies: new Map(), slots: 0, ofSlots: own.to - own.from };
    const read = await again(context, () =>
        Promise.all([
            askM3<Placement>(context, "/api/v1/services/m3db/placement"),
            askM3<Namespaces>(context, "/api/v1/services/m3db/namespace"),
        ]),
    );
    if ("why" in read)
        return { ...nothing, unread: [`placement and namespaces, which say who has which series: ${read.why}`] };
    const [placement, namespaces] = read.value;
    const slots = chooseSlots(own, Math.floor(mostSeries / plan.replicas));
    const memory = inMemorySince(namespaces, unaggregatedOf(context.environment), context.now()) * 1000;
    const asksDisk = memory > ledger.first && (await onDiskToo(reader, placement, slots, memory));
    const since = asksDisk ? 0 : memory;
    const older = since > ledger.first ? { since } : {};
    if (since >= span.to) return { ...nothing, unread: [], ...older };
    const within = { from: Math.max(since, span.from), to: span.to };
    const entries = entriesWithin(ledger, within.from, within.to);
    const asking = new Asking(reader, placement, within);
    let next = 0;
    const work = async () => {
        for (let slot = slots[next++]; slot !== undefined; slot = slots[next++]) {
            signal?.throwIfAborted();
            for (const series of expectedOf(entries, slot, slot + 1).values()) await asking.read(series);
            note(`slot ${Math.min(next, slots.length)} of ${slots.length} from each of its replicas`);
        }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    return {
        copies: asking.copies,
        slots: slots.length,
        ofSlots: own.to - own.from,
        unread: asking.unread(),
        ...older,
    };
}

/** Whether replicas answer for what was written before a time (ms), although it may be on their disks: seen by some of the series. */
async function onDiskToo(
    reader: MergedReader,
    placement: Placement,
    slots: number[],
    memory: number,
): Promise<boolean> {
    const { context, plan, ledger } = reader;
    const entries = entriesWithin(ledger, ledger.first, memory);
    const series = slots.slice(0, probed).flatMap((slot) => [...expectedOf(entries, slot, slot + 1).values()]);
    const ids = series.flatMap(({ slot, generation, replica }) => {
        return seriesIdOf(context.environment, labelsOf(plan, slot, generation, replica)) ?? [];
    });
    const range = { start: ledger.first / 1000, end: memory / 1000 };
    return diskAnswers(context, placement, { namespace: unaggregatedOf(context.environment), ids, range });
}

/** Tries something as often as is worth it; `why`: what the last try failed with. */
async function again<T>({ pause }: CheckContext, work: () => Promise<T>): Promise<{ value: T } | { why: string }> {
    for (let tried = 1; ; tried += 1) {
        try {
            return { value: await work() };
        } catch (error) {
            if (tried === tries) return { why: messageOf(error) };
            await pause(between);
        }
    }
}

/** What was read of each pod so far, and which do not answer. */
class Asking {
    readonly copies = new Map<string, { tally: Tally; series: number }>();
    readonly #failed = new Map<string, { series: number; why: string }>();
    readonly #reader: MergedReader;
    readonly #ownersOf: (id: string) => string[];
    readonly #comingTo: (id: string) => string[];
    readonly #shards: number;
    readonly #namespace: string;
    readonly #span: { from: number; to: number };

    constructor(reader: MergedReader, placement: Placement, span: { from: number; to: number }) {
        this.#reader = reader;
        this.#span = span;
        this.#ownersOf = ownersIn(placement);
        this.#comingTo = ownersIn(placement, "INITIALIZING");
        this.#shards = placement.placement.numShards ?? 1;
        this.#namespace = unaggregatedOf(reader.context.environment);
    }

    async read(series: ExpectedSeries): Promise<void> {
        const { context, plan } = this.#reader;
        const id = seriesIdOf(context.environment, labelsOf(plan, series.slot, series.generation, series.replica));
        if (id === undefined) return this.#fail("label values that M3 escapes in ids", `run ${plan.run}`);
        const owners = this.#ownersOf(id);
        if (owners.length === 0) return this.#fail("no pod", `shard ${shardOf(id, this.#shards)} is AVAILABLE nowhere`);
        // Replicas, too, whose copies are not known to be whole: left out unsaid, the others would be taken for all.
        for (const pod of this.#comingTo(id)) this.#fail(pod, "their shards are still INITIALIZING there");
        await Promise.all(owners.map((pod) => this.#readCopy(pod, id, series)));
    }

    async #readCopy(pod: string, id: string, series: ExpectedSeries): Promise<void> {
        const { context, truth } = this.#reader;
        const failed = this.#failed.get(pod);
        if (failed && failed.series >= patience) return this.#fail(pod, failed.why);
        const read = await again(context, () => this.#fetch(pod, id));
        if ("why" in read) return this.#fail(pod, read.why);
        const copy = this.copies.get(pod) ?? { tally: new Tally(), series: 0 };
        this.copies.set(pod, copy);
        copy.series += 1;
        compareSeries(series, series, read.value, this.#span, truth, copy.tally);
    }

    async #fetch(pod: string, id: string): Promise<Point[]> {
        const range = { start: this.#span.from / 1000, end: this.#span.to / 1000 };
        const asked = { namespace: this.#namespace, id, shard: shardOf(id, this.#shards), range };
        const read = await fetchSeries(this.#reader.context, pod, asked);
        if (read === "stale") throw new Error("a sample is no number");
        if (read === "elsewhere") throw new Error("M3 finds the series in another shard (db.hashing.seed)");
        return read.map(({ timestamp, value }): Point => [timestamp, value]);
    }

    #fail(pod: string, why: string): void {
        const failed = this.#failed.get(pod);
        this.#failed.set(pod, { series: (failed?.series ?? 0) + 1, why: failed?.why ?? why });
    }

    unread(): string[] {
        return [...this.#failed].map(([pod, { series, why }]) => `${pod}: ${series} series not read: ${why}`);
    }
}
