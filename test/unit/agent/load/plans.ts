import type { LoadPlan } from "../../../../agent/load/types.ts";

/** A small load for tests, with what a test changes of it. */
export const planOf = (changes: Partial<LoadPlan> = {}): LoadPlan => ({
    run: "test",
    series: 100,
    intervalMs: 10_000,
    durationMs: undefined,
    kinds: { counter: 0.5, gauge: 0.3, histogram: 0.2 },
    extraLabels: 0,
    labelValueBytes: 8,
    churnPercentPerHour: 0,
    tenants: 1,
    replicas: 1,
    batch: 50,
    concurrency: 4,
    timeoutMs: 10_000,
    urls: ["http://127.0.0.1:1/"],
    worker: { index: 0, of: 1 },
    ...changes,
});

export const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);
