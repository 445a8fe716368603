/**
 * A run as a scenario leaves it behind, made up: the same figures each time, from no cluster. A kubelet stops for two minutes in the middle, M3
 * goes on, one replica has a hole. For tests of the report; never to be taken for a result.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LatencyHistogram } from "../../agent/load/histogram.ts";
import type { LatencyBuckets, LoadInterval } from "../../agent/load/types.ts";
import { type RunData, runFiles } from "../../operations/scenarios/types.ts";
import { environment } from "../unit/operations/healthy.ts";
import { conditions } from "./run-folder-conditions.ts";
import { checksOf, verdictsOf } from "./run-folder-verdicts.ts";
import { watchOf } from "./run-folder-watch.ts";

export const runStart = Date.parse("2026-11-27T18:00:03Z");
/** Seconds after the start at which things happen. */
const times = { load: 20, fault: 240, heal: 420, end: 640 };

export interface RunOptions {
    scenario?: string;
    id?: string;
    /** Makes other figures of the same kind: as repeats differ. */
    seed?: number;
    /** Times as slow as usual. */
    slower?: number;
    repeat?: { index: number; of: number };
}

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
    let state = seed >>> 0;
    return () => {
        state = (state + 0x6d2b79f5) >>> 0;
        let mixed = Math.imul(state ^ (state >>> 15), state | 1);
        mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
        return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    };
}

/** The run's data; `writeRun` writes it as files. */
export function madeUpRun(options: RunOptions = {}): Omit<RunData, "folder"> {
    const {
        scenario = "node-failure",
        id = "2026-11-27T18-00-03-1",
        seed = 1,
        slower = 1,
        repeat = { index: 1, of: 1 },
    } = options;
    const random = randomOf(seed);
    const at = (seconds: number) => runStart + seconds * 1000;
    const away = (seconds: number) => seconds >= times.fault && seconds < times.heal;
    const load = seconds(times.load, times.end - 20).map((second) => {
        const stall = second >= times.fault && second < times.fault + 9;
        const ms = slower * (stall ? 900 : away(second) ? 60 : 35) * (0.8 + 0.4 * random());
        return interval("write", at(second), 2000, stall ? 0.62 : 1, ms, random, stall ? "ECONNRESET" : undefined);
    });
    const reads = seconds(times.load + 15, times.end - 20).map((second) => {
        const ms = slower * (away(second) ? 210 : 120) * (0.7 + 0.6 * random());
        return interval(
            "read",
            at(second),
            4,
            second === times.fault + 3 ? 0.5 : 1,
            ms,
            random,
            second === times.fault + 3 ? "HTTP 504 context deadline exceeded" : undefined,
        );
    });
    const acknowledged = load.reduce((sum, one) => sum + one.acknowledged, 0);
    const latencyMs = Math.round(slower * (93 + 12 * random()) * 10) / 10;
    return {
        run: {
            v: 1,
            scenario,
            question: "Does collection go on when the kubelet of an M3DB and etcd node stops?",
            id,
            repeat,
            startedAt: runStart,
            endedAt: at(times.end),
            state: "failed",
            environment: { ...structuredClone(environment), stack: scenario },
            ...conditions(scenario),
            collection: collectionOf(at),
        },
        events: [
            { at: at(0), until: at(times.load), kind: "phase", title: "verify and warm up" },
            { at: at(times.load), until: at(times.fault), kind: "phase", title: "load, nothing broken" },
            {
                at: at(times.fault),
                until: at(times.heal),
                kind: "fault",
                title: "kubelet stopped",
                target: "worker-2",
                detail: "systemctl stop kubelet, over SSH",
            },
            { at: at(times.fault), until: at(times.heal), kind: "phase", title: "observe with the kubelet stopped" },
            { at: at(times.fault + 44), kind: "note", title: "Kubernetes calls the node NotReady", target: "worker-2" },
            {
                at: at(times.heal),
                until: at(times.heal + 38),
                kind: "heal",
                title: "kubelet started",
                target: "worker-2",
            },
            { at: at(times.heal), until: at(times.end - 20), kind: "phase", title: "observe the recovery" },
            { at: at(times.end - 20), until: at(times.end), kind: "phase", title: "read back and verify" },
        ],
        load,
        reads,
        watch: watchOf({ from: runStart, seconds: times.end, fault: times.fault, heal: times.heal, random }),
        readBack: readBackOf(acknowledged, at),
        verifyBefore: checksOf(undefined),
        verifyAfter: checksOf("rep1"),
        verdicts: verdictsOf(acknowledged, latencyMs, random),
    };
}

const seconds = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index + 1);

function interval(
    kind: "write" | "read",
    at: number,
    intended: number,
    share: number,
    ms: number,
    random: () => number,
    error?: string,
): LoadInterval {
    const acknowledged = Math.round(intended * share);
    const requests = kind === "write" ? intended / 100 : intended;
    const refused = intended - acknowledged;
    return {
        v: 1,
        kind,
        at,
        seconds: 1,
        intended,
        acknowledged,
        refused,
        unknown: 0,
        unsent: 0,
        requests,
        errors: error && refused > 0 ? { [error]: Math.max(1, Math.round((requests * refused) / intended)) } : {},
        latency: bucketsOf(Math.max(1, Math.round(requests * share)), ms, random),
        inHand: share < 1 ? 8 : 1,
        waiting: share < 1 ? 40 : 0,
        cpuSeconds: 0.05 + 0.02 * random(),
    };
}

function bucketsOf(count: number, ms: number, random: () => number): LatencyBuckets {
    const histogram = new LatencyHistogram();
    for (let index = 0; index < count; index += 1) {
        // Most near `ms`, a few far above it.
        histogram.record(ms * 1000 * (0.5 + random() + (random() > 0.97 ? 3 * random() : 0)));
    }
    return histogram.take();
}

function collectionOf(at: (seconds: number) => number): NonNullable<RunData["run"]["collection"]> {
    const side = {
        series: 14,
        samples: 868,
        widest: {
            seconds: 12,
            from: at(times.fault - 2),
            to: at(times.fault + 10),
            series: 'up{job="m3db",instance="worker-2"}',
        },
    };
    return {
        from: runStart,
        to: at(times.end),
        intervalSeconds: 10,
        prometheus: side,
        m3: { ...side, samples: 866 },
        lost: 2,
    };
}

function readBackOf(acknowledged: number, at: (seconds: number) => number): RunData["readBack"] {
    const whole = { found: acknowledged, missing: 0, doubled: 0, wrong: 0, unasked: 300, gaps: [], examples: [] };
    const part = Math.round(acknowledged / 10);
    const gone = Math.round(part * 0.28);
    return {
        v: 1,
        at: at(times.end - 12),
        checked: acknowledged,
        acknowledged,
        merged: whole,
        replicas: {
            "m3-cluster-rep0-0": { ...whole, series: 1000, found: part, unasked: 30 },
            "m3-cluster-rep1-0": {
                ...whole,
                series: 1000,
                found: part - gone,
                missing: gone,
                unasked: 11,
                gaps: [{ from: at(times.fault + 2), to: at(times.heal + 9), samples: gone }],
                examples: [
                    `load_gauge{slot="417",tenant="tenant-0"}: 35 samples missing from ${new Date(at(times.fault + 2)).toISOString()}`,
                ],
            },
            "m3-cluster-rep2-0": { ...whole, series: 1000, found: part, unasked: 30 },
        },
    };
}

/** Writes a made-up run as a scenario would, `change`d as a test needs it. Returns the folder. */
export function writeRun(
    folder: string,
    options: RunOptions = {},
    change: (run: Omit<RunData, "folder">) => void = () => {},
): string {
    const run = madeUpRun(options);
    change(run);
    mkdirSync(folder, { recursive: true });
    const lines = (list: unknown[]) => list.map((one) => `${JSON.stringify(one)}\n`).join("");
    const files: [string, string][] = [
        [runFiles.run, JSON.stringify(run.run)],
        [runFiles.events, lines(run.events)],
        [runFiles.load, lines(run.load)],
        [runFiles.reads, lines(run.reads)],
        [runFiles.watch, lines(run.watch)],
        [runFiles.readBack, JSON.stringify(run.readBack)],
        [runFiles.verifyBefore, JSON.stringify(run.verifyBefore)],
        [runFiles.verifyAfter, JSON.stringify(run.verifyAfter)],
        [runFiles.verdicts, JSON.stringify(run.verdicts)],
    ];
    for (const [name, text] of files) writeFileSync(join(folder, name), text);
    return folder;
}
