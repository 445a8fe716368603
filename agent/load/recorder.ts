/** Counts what the engine tells, and makes of it the lines of load.jsonl and ledger.jsonl. */
import type { DueRequest, Outcome } from "./engine.ts";
import { LatencyHistogram } from "./histogram.ts";
import { generationOf, slotsPerBlock } from "./series.ts";
import type { LedgerEntry, LoadInterval, LoadPlan } from "./types.ts";

/** Different error texts that an interval tells; the rest is "other errors". */
const textsAtMost = 20;

const ownCpuSeconds = () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
};

const nothing = () => ({ intended: 0, acknowledged: 0, refused: 0, unknown: 0, unsent: 0, requests: 0 });

export class Recorder {
    #counts = nothing();
    #errors = new Map<string, number>();
    #latency = new LatencyHistogram();
    #from: number;
    readonly #cpuSeconds: () => number;
    #cpuBefore: number;

    /** `cpuSeconds`: what this process has taken so far. */
    constructor(startedAt: number, cpuSeconds = ownCpuSeconds) {
        this.#from = startedAt;
        this.#cpuSeconds = cpuSeconds;
        this.#cpuBefore = cpuSeconds();
    }

    due({ from, to }: DueRequest): void {
        this.#counts.intended += to - from;
    }

    settled({ from, to }: DueRequest, outcome: Outcome, latencyMs: number, error?: string): void {
        this.#counts[outcome] += to - from;
        if (outcome !== "unsent") this.#counts.requests++;
        if (outcome === "acknowledged") this.#latency.record(latencyMs * 1000);
        if (error !== undefined) {
            const known = this.#errors.has(error) || this.#errors.size < textsAtMost;
            const text = known ? error : "other errors";
            this.#errors.set(text, (this.#errors.get(text) ?? 0) + 1);
        }
    }

    /** What was counted since the line before. */
    line(at: number, state: { inHand: number; waiting: number }): LoadInterval {
        const cpu = this.#cpuSeconds();
        const line: LoadInterval = {
            v: 1,
            kind: "write",
            at: Math.round(at),
            seconds: Math.round(at - this.#from) / 1000,
            ...this.#counts,
            errors: Object.fromEntries(this.#errors),
            latency: this.#latency.take(),
            ...state,
            cpuSeconds: Math.round((cpu - this.#cpuBefore) * 1e6) / 1e6,
        };
        this.#counts = nothing();
        this.#errors.clear();
        [this.#from, this.#cpuBefore] = [at, cpu];
        return line;
    }
}

/** The outcome of a request, one entry for each run of slots with the same generation. Pure. */
export function ledgerOf(plan: LoadPlan, startedAt: number, request: DueRequest, outcome: Outcome): LedgerEntry[] {
    const { time, to, replica } = request;
    const entries: LedgerEntry[] = [];
    let from = request.from;
    let generation = generationOf(plan, from, time, startedAt);
    const add = (until: number) =>
        entries.push({ time, from, to: until, replica, ...(generation > 0 ? { generation } : {}), outcome });
    // Whole blocks are replaced, so a look at the first slot of each is enough.
    for (let slot = from - (from % slotsPerBlock) + slotsPerBlock; slot < to; slot += slotsPerBlock) {
        const next = generationOf(plan, slot, time, startedAt);
        if (next === generation) continue;
        add(slot);
        [from, generation] = [slot, next];
    }
    add(to);
    return entries;
}
