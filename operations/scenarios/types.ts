/**
 * The seams of scenarios: what a scenario file says, what a run leaves behind, and what the report reads. A run is a folder
 * (docs/scenarios.md); every file in it is named here.
 */
import type { LoadInterval, LoadPlan } from "../../agent/load/types.ts";
import type { Environment } from "../../settings/environment.ts";
import type { CheckResult } from "../checks/run.ts";
import type { Isolation } from "../isolation/probe.ts";
import type { Rebuilt } from "../rebuild/rebuild.ts";
import type { Sample } from "../watch/sample.ts";
import type { Chosen } from "./run/chosen.ts";

export const runFiles = {
    /** RunRecord. */
    run: "run.json",
    /** RunEvent, one each line. */
    events: "events.jsonl",
    /** LoadInterval of the writes, one each line. */
    load: "load.jsonl",
    /** LoadInterval of the reads. */
    reads: "reads.jsonl",
    /** LedgerEntry: the outcome of every request. */
    ledger: "ledger.jsonl",
    /** Sample of `m3perf watch`. */
    watch: "watch.jsonl",
    /** ReadBack: what became of the acknowledged samples. */
    readBack: "read-back.json",
    /** CheckResult[] of verify, before and after. */
    verifyBefore: "verify-before.json",
    verifyAfter: "verify-after.json",
    /** Verdict[]. */
    verdicts: "verdicts.json",
    /** Folder of the load n (0 …) where a run has more than one, each with a plan, ledger and load log of its own. */
    loads: "loads",
    /** The faults that are made and not healed, as the place's own journal has them. */
    journal: "journal.json",
    html: "report.html",
    markdown: "report.md",
} as const;

/** Which run this is and on what. */
export interface RunRecord {
    v: 1;
    scenario: string;
    /** What the scenario is to answer. */
    question: string;
    /** Folder's name: time and a counter; unique. */
    id: string;
    /** 1 …, of so many of the same command. */
    repeat: { index: number; of: number };
    startedAt: number;
    /** When steps and verify had ended, or it was ended before; null: they go on, or it was ended from outside. */
    endedAt: number | null;
    state: "running" | "passed" | "failed" | "interrupted" | "error";
    /** Why it is an error, for a person. */
    error?: string;
    stack: string;
    site: string;
    environment: Environment;
    /** With what its command opened the stack, for --resume. Absent: an m3perf wrote it that did not keep it yet. */
    chosen?: Chosen;
    /** The scenario has brought the environment up itself, so it may make it anew for a repeat. */
    broughtUp?: boolean;
    /** The stack's settings as its file gives them, without secrets. */
    settings: Record<string, unknown>;
    /** Names and versions: m3perf's commit, M3, Kubernetes, etcd, Prometheus, operator … as the cluster tells them. */
    versions: Record<string, string>;
    machine: { cores: number; memoryBytes: number; kernel: string; note: string };
    load: LoadPlan | null;
    /** The short variant was asked for. */
    short?: boolean;
    /** So many series were asked for, instead of the scenario's own. */
    series?: number;
    /** Whether collection went on, asked after the run. Absent: it was not asked, or nobody answered. */
    collection?: Collection;
    /** Whether identities are told apart. Absent: it was not asked. */
    isolation?: Isolation;
    /** Replicas that were rebuilt. Absent: none was. */
    rebuilt?: Rebuilt[];
    /** Pods that kubelets put out while it ran and until it was well again. Absent: the API server did not tell. */
    evicted?: Eviction[];
    /** Why nothing could be read back from an M3 that the run left broken. */
    unread?: string;
}

/**
 * The series `up` of the site's Prometheus over the time of a run: as Prometheus itself has them (whether it scraped), and as M3 has
 * them (whether that arrived).
 */
export interface Collection {
    from: number;
    to: number;
    /** Time between two scrapes, as most of the series have it. */
    intervalSeconds: number;
    prometheus: CollectionSide;
    m3: CollectionSide;
    /** Samples that Prometheus has and M3 has not. */
    lost: number;
    /** Samples that were there only at a later look, within a minute. Absent: all were there, or some never. */
    late?: number;
    /** Where they are looked for, series by series; not all of them when they are many. */
    missing?: MissingSeries[];
}

/** A pod that a kubelet put out, to keep its node alive. */
export interface Eviction {
    pod: string;
    /** ms since 1970 */
    at: number;
    /** In the kubelet's words. */
    why: string;
}

/** A series of Prometheus of which a query of M3 gives too little. Times are ms since 1970. */
export interface MissingSeries {
    series: string;
    samples: number;
    from: number;
    to: number;
    /** How many of these samples each replica has, asked by the series' id; a query goes by the index. */
    copies: Record<string, number>;
    /** What could not be asked. */
    error?: string;
}

export interface CollectionSide {
    series: number;
    samples: number;
    /** The widest time between two samples of one series; null: no series has two. */
    widest: { seconds: number; from: number; to: number; series: string } | null;
    /** The first and the last sample of all series, ms since 1970. Absent: there is none. */
    oldest?: number;
    newest?: number;
    /** Why there are none, where nobody answered. */
    error?: string;
}

/** Something that happened in a run; what has `until` lasted. */
export interface RunEvent {
    at: number;
    until?: number;
    /** phase: a step of the scenario; fault and heal: what was done to the environment; note: seen on the way. */
    kind: "phase" | "fault" | "heal" | "note" | "error";
    title: string;
    /** What it was done to: a node's or a pod's name. */
    target?: string;
    detail?: string;
    /** Of a phase with a load of its own: the samples a second that were intended. */
    rate?: number;
}

/** What the checker found of samples that M3 acknowledged. Counts are samples. */
export interface ReadBack {
    v: 1;
    at: number;
    /** Acknowledged and asked back; all of them unless `sampled` says otherwise. */
    checked: number;
    acknowledged: number;
    sampled?: string;
    /** As readers get it: replicas merged. */
    merged: CopyResult;
    /** As each replica holds it, by pod; for those series that were asked of the replicas. */
    replicas: Record<string, CopyResult & { series: number }>;
    /** ms since 1970: older samples were on the replicas' disks, where they cannot be asked for one by one. Absent: there were none. */
    replicasSince?: number;
    /** What could not be read, by pod or series: for these, nothing is proven. Absent: all that was asked was read. */
    unread?: string[];
    /** What else a person should know of the reading: samples that came late, warnings of M3. */
    notes?: string[];
}

export interface CopyResult {
    found: number;
    missing: number;
    doubled: number;
    wrong: number;
    /** There although M3 never acknowledged it (refused or unknown): allowed, and told. */
    unasked: number;
    /** Where samples are missing: time spans over all series, the widest first, at most 20. */
    gaps: { from: number; to: number; samples: number }[];
    /** Some of what is not as it should be, for people, at most 20. */
    examples: string[];
}

/** One objective's outcome. */
export interface Verdict {
    /** "lost-samples" */
    id: string;
    /** "no acknowledged sample is lost" */
    title: string;
    /** Null: only measured, nothing was asked. */
    ok: boolean | null;
    /** "0 of 1203400 samples", "p99 143 ms" */
    measured: string;
    /** "0", "at most 500 ms"; null where nothing was asked. */
    objective: string | null;
    /** The figure alone, for comparisons. */
    value: number | null;
    unit: string;
    /** Which way is better, where one is. */
    better: "less" | "more" | null;
    /** Why it is as it is, in a sentence. */
    why?: string;
    /** Files of the run folder and sections of the report that show it. */
    evidence: { file: string; what: string }[];
}

/** All that a run left behind, read again: what verdicts and reports are made of. */
export interface RunData {
    folder: string;
    run: RunRecord;
    events: RunEvent[];
    load: LoadInterval[];
    reads: LoadInterval[];
    watch: Sample[];
    readBack: ReadBack | null;
    verifyBefore: CheckResult[] | null;
    verifyAfter: CheckResult[] | null;
    verdicts: Verdict[];
}
