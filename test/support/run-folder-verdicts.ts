import { type RunData, runFiles } from "../../operations/scenarios/types.ts";

/** What verify would have said; `hole`: the replica that lacks samples. */
export function checksOf(hole: string | undefined): NonNullable<RunData["verifyBefore"]> {
    const titles = [
        "etcd: every member answers",
        "every pod is Ready",
        "m3db: every shard is available",
        "every namespace is READY",
        "remote write is not behind",
        "a sample written is read back",
    ];
    const passed = titles.map((title, index) => ({
        id: `check.${index}`,
        system: "m3db" as const,
        title,
        ok: true,
        seconds: 0.2,
        evidence: ["as it should be"],
    }));
    if (hole === undefined) return passed;
    return [
        ...passed,
        {
            id: "m3db.replicas.equal",
            system: "m3db",
            title: "the replicas hold the same samples",
            ok: false,
            seconds: 1.4,
            evidence: [`m3-cluster-${hole}-0 lacks 12 of 36 test samples`],
            cause: "it was away while they were written, and has not repaired them yet",
            next: "m3perf diagnose replica-hole",
        },
    ];
}

/** One of each kind: held, failed, only measured. */
export function verdictsOf(acknowledged: number, latencyMs: number, random: () => number): RunData["verdicts"] {
    const lag = Math.round(8 + 5 * random());
    return [
        {
            id: "lost-samples",
            title: "no acknowledged sample is lost",
            ok: true,
            measured: `0 of ${acknowledged} samples`,
            objective: "0",
            value: 0,
            unit: "samples",
            better: "less",
            evidence: [{ file: runFiles.readBack, what: "samples by copy" }],
        },
        {
            id: "collection-gap",
            title: "Prometheus' collection goes on",
            ok: true,
            measured: `longest gap ${lag} s`,
            objective: "at most 30 s",
            value: lag,
            unit: "s",
            better: "less",
            evidence: [{ file: runFiles.run, what: "`collection`: the series up on both sides" }],
        },
        {
            id: "write-errors",
            title: "no write is refused",
            ok: false,
            measured: "0.9% of samples refused",
            objective: "0",
            value: 0.9,
            unit: "%",
            better: "less",
            why: "Connections through worker-2's NodePort were reset for 9 s; the other coordinators went on.",
            evidence: [
                { file: runFiles.load, what: "errors by text" },
                { file: runFiles.events, what: "what happened then" },
            ],
        },
        {
            id: "write-p99",
            title: "writes stay fast",
            ok: true,
            measured: `p99 ${latencyMs} ms`,
            objective: "at most 500 ms",
            value: latencyMs,
            unit: "ms",
            better: "less",
            evidence: [{ file: runFiles.load, what: "latency percentiles" }],
        },
        {
            id: "recovery",
            title: "M3 is whole again soon",
            ok: true,
            measured: "38 s after the heal",
            objective: "at most 60 s",
            value: 38,
            unit: "s",
            better: "less",
            evidence: [{ file: runFiles.verifyAfter, what: "verify after the run" }],
        },
        {
            id: "replica-holes",
            title: "holes in replicas",
            ok: null,
            measured: "1 of 3 replicas has one",
            objective: null,
            value: 1,
            unit: "replicas",
            better: "less",
            evidence: [{ file: runFiles.readBack, what: "gaps by replica" }],
        },
    ];
}
