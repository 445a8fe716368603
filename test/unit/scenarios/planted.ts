/** Runs as they might have been, for what judges them. */
import assert from "node:assert/strict";
import type { LoadInterval } from "../../../agent/load/types.ts";
import { judge } from "../../../operations/scenarios/judge/index.ts";
import type { Objective } from "../../../operations/scenarios/judge/objective.ts";
import type { RunData, RunEvent, RunRecord, Verdict } from "../../../operations/scenarios/types.ts";
import type { NodeFigures, PodFigures, Sample } from "../../../operations/watch/sample.ts";
import { environment } from "../operations/healthy.ts";

/** Start of every planted run: 2026-11-23 06:00:00 UTC. */
export const start = Date.parse("2026-11-23T06:00:00Z");
export const at = (second: number) => start + second * 1000;

/** One second that ends at `second`. */
export function interval(second: number, change: Partial<LoadInterval> = {}): LoadInterval {
    return {
        v: 1,
        kind: "write",
        at: at(second),
        seconds: 1,
        intended: 100,
        acknowledged: 100,
        refused: 0,
        unknown: 0,
        unsent: 0,
        requests: 1,
        errors: {},
        latency: [[10_000, 1]],
        inHand: 0,
        waiting: 0,
        cpuSeconds: 0.05,
        ...change,
    };
}

/** Seconds `from` + 1 … `to`. */
export const intervals = (from: number, to: number, change: Partial<LoadInterval> = {}) =>
    Array.from({ length: to - from }, (_, index) => interval(from + index + 1, change));

export const node = (name: string, change: Partial<NodeFigures> = {}): NodeFigures => ({
    name,
    roles: [],
    state: "Ready",
    ready: true,
    at: null,
    cpuCores: 0.1,
    cpuCapacityCores: 2,
    memoryBytes: 1e9,
    memoryCapacityBytes: 4e9,
    diskBytes: null,
    diskCapacityBytes: null,
    ...change,
});

export const pod = (name: string, change: Partial<PodFigures> = {}): PodFigures => ({
    namespace: "m3db",
    name,
    component: "dbnode",
    node: "worker-1",
    state: "Running",
    ready: true,
    restarts: 0,
    lastEnd: null,
    at: null,
    cpuCores: 0.1,
    cpuRequestCores: null,
    cpuLimitCores: null,
    memoryBytes: 1e9,
    memoryRequestBytes: null,
    memoryLimitBytes: 2e9,
    diskBytes: null,
    diskCapacityBytes: null,
    ...change,
});

export const look = (second: number, change: Partial<Sample> = {}): Sample => ({
    v: 1,
    time: new Date(at(second)).toISOString(),
    at: at(second),
    stack: "dev",
    site: "lab",
    intervalSeconds: 5,
    usage: "kubelet",
    nodeUsage: "kubelet",
    sources: [],
    nodes: [node("worker-1"), node("worker-2")],
    pods: [pod("m3-cluster-rep0-0")],
    processes: [],
    etcd: [],
    prometheus: null,
    ...change,
});

export const record: RunRecord = {
    v: 1,
    scenario: "planted",
    question: "Is what was planted found?",
    id: "20261123-060000-1",
    repeat: { index: 1, of: 1 },
    startedAt: start,
    endedAt: null,
    state: "running",
    stack: "dev",
    site: "lab",
    environment,
    settings: {},
    versions: {},
    machine: { cores: 2, memoryBytes: 24e9, kernel: "6.1", note: "" },
    load: null,
};

export const phase = (from: number, to: number, change: Partial<RunEvent> = {}): RunEvent => ({
    at: at(from),
    until: at(to),
    kind: "phase",
    title: "a phase",
    ...change,
});

/** A run of a minute in which all was well. */
export const run = (change: Partial<RunData> = {}): RunData => ({
    folder: "/nowhere",
    run: record,
    events: [],
    load: intervals(0, 60),
    reads: [],
    watch: Array.from({ length: 12 }, (_, index) => look(index * 5)),
    readBack: null,
    verifyBefore: null,
    verifyAfter: null,
    verdicts: [],
    ...change,
});

/** What one objective says of a run. */
export function one(objective: Objective, data: RunData): Verdict {
    const [verdict] = judge([objective], data);
    assert.ok(verdict);
    return verdict;
}
