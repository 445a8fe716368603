/** Parts of a run over a clock that is turned by who waits: a load that writes what a test says, hands that only remember. */
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LoadInterval, LoadPlan } from "../../../agent/load/types.ts";
import type { CheckResult } from "../../../operations/checks/run.ts";
import type { RunningLoad } from "../../../operations/load/generator.ts";
import { totalsOf } from "../../../operations/load/totals.ts";
import type { Fault } from "../../../operations/scenarios/faults/fault.ts";
import type { Hands } from "../../../operations/scenarios/faults/hands.ts";
import type { ScenarioPlan } from "../../../operations/scenarios/plan.ts";
import { RunFolder } from "../../../operations/scenarios/run/folder.ts";
import { type RunContext, runOnce } from "../../../operations/scenarios/run/one.ts";
import type { Parts } from "../../../operations/scenarios/run/parts.ts";
import { type ReadBack, runFiles } from "../../../operations/scenarios/types.ts";
import type { Sample } from "../../../operations/watch/sample.ts";
import type { Progress } from "../../../support/progress.ts";
import { environment, healthy } from "../operations/healthy.ts";
import { interval, look, record, start } from "./planted.ts";

export const quiet: Progress = {
    timings: [],
    plan() {},
    say() {},
    step: (_, work) => work(() => {}),
};

/** A folder that is there until `removeScratch`. */
export async function scratch(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), "m3perf-scenario-"));
    folders.push(folder);
    return folder;
}
const folders: string[] = [];
/** For `after` of each file with tests: a hook of this file would be the first one's alone where a process runs several. */
export const removeScratch = () =>
    Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));

export class FakeWorld {
    /** What was done, in order. */
    readonly did: string[] = [];
    readonly control = new AbortController();
    /** Seconds since the start. */
    second = 0;
    /** What a second of a load at this rate brings. */
    outcome: (rate: number) => Partial<LoadInterval> = () => ({});
    failing: CheckResult[] = [];
    /** Checks that fail afterwards alone. */
    failingAfter: CheckResult[] = [];
    /** What reading back ends with, time by time; the last one for ever. */
    unreadable: (Error | undefined)[] = [];
    /** What a verify of this title finds; else failing and failingAfter. */
    checks: Record<string, CheckResult[]> = {};
    /** Called at every second that passes. */
    tick: (second: number) => void = () => {};
    /** Throws for what is to go wrong. */
    onFault: (what: string) => void = () => {};
    /** Exit codes of generators that are stopped. */
    readonly codes = { load: 0, reads: 0 };
    readonly #reads = Promise.withResolvers<{ code: number; error?: string }>();
    #loads: { write(second: number): void; end(code: number): void }[] = [];
    readonly #root: string;

    constructor(root: string) {
        this.#root = root;
    }

    get journal(): string {
        return join(this.#root, "state/journal.json");
    }

    /** Ends the load as if its process had died. */
    killLoad(): void {
        for (const load of this.#loads) load.end(1);
    }

    /** Ends the queries as the kernel would that has no memory left. */
    killReads(): void {
        this.#reads.resolve({ code: 70, error: "ended by SIGKILL" });
    }

    async run(
        plan: ScenarioPlan,
        { short = false }: { short?: boolean } = {},
    ): Promise<{ ok: boolean; folder: RunFolder }> {
        const folder = this.folder(plan, short);
        const context: RunContext = {
            plan,
            short,
            folder,
            parts: this.parts(),
            progress: quiet,
            journal: this.journal,
            signal: this.control.signal,
            since: start,
            settle: 0,
        };
        return { ok: await runOnce(context), folder };
    }

    folder(plan: ScenarioPlan, short = false, id = "20261123-060000-1"): RunFolder {
        return new RunFolder(join(this.#root, id), { ...record, id, scenario: plan.name, startedAt: start, short });
    }

    hands(): Hands {
        const act = (what: string) => {
            this.did.push(what);
            this.onFault(what);
        };
        const replicas = new Map<string, number>();
        return {
            nodes: {
                cannot: async () => undefined,
                make: async (fault, node) => act(`make ${fault} ${node}`),
                heal: async (fault, node) => act(`heal ${fault} ${node}`),
            },
            cluster: {
                workload: async ({ name }) => ({ wanted: replicas.get(name) ?? 3, ready: replicas.get(name) ?? 3 }),
                async scale({ name }, count) {
                    act(`scale ${name} ${count}`);
                    replicas.set(name, count);
                },
                pods: async () => [],
                deletePod: async (_, pod) => act(`delete ${pod}`),
                pod: async () => undefined,
                exec: async (_, pod) => act(`exec ${pod}`),
                async until(what, _, look) {
                    act(`wait for ${what}`);
                    if (!(await look())) throw new Error(`${what}: not within the time`);
                },
            },
            pause: async () => {},
            settings: async (change) => act(`settings ${JSON.stringify(change)}`),
        };
    }

    parts(): Parts {
        const { did } = this;
        const now = () => start + this.second * 1000;
        return {
            environment,
            context: healthy().context,
            hands: this.hands(),
            door: { urls: ["http://10.0.0.5:32555/api/v1/prom/remote/write"], senders: [] },
            startLoad: (plan, folder) => this.#load(plan, folder),
            startReads: async ({ perSecond }) => {
                did.push(`reads ${perSecond}`);
                return {
                    lately: () => undefined,
                    stop: async () => {
                        did.push("reads end");
                        this.#reads.resolve({ code: this.codes.reads });
                    },
                    ended: this.#reads.promise,
                };
            },
            watch: (file) => {
                const samples: Sample[] = [look(0)];
                writeFileSync(file, `${JSON.stringify(samples[0])}\n`);
                return { samples: () => samples, stop: async () => void did.push("watch ends") };
            },
            verify: async ({ title }) => {
                did.push(title);
                if (this.checks[title]) return this.checks[title];
                return title === "verify afterwards" ? [...this.failing, ...this.failingAfter] : this.failing;
            },
            readBack: async (folder) => {
                did.push(`read back ${folder.slice(this.#root.length + 1)}`);
                const error = this.unreadable.length > 1 ? this.unreadable.shift() : this.unreadable[0];
                if (error) throw error;
                return sound;
            },
            collection: async (from, to) => {
                const side = { series: 0, samples: 0, widest: null };
                return { from, to, intervalSeconds: 0, prometheus: side, m3: side, lost: 0 };
            },
            rebuild: async (pod) => {
                did.push(`rebuild ${pod}`);
                return { pod, shards: 4, resumed: false, seconds: 70 };
            },
            holes: async () => ["a hole"],
            isolation: async ({ run }) => {
                did.push(`isolation of ${run}`);
                return { at: now(), readers: [], posers: [] };
            },
            evictions: async () => [],
            report: async () => void did.push("report"),
            about: async () => ({ settings: {}, versions: { M3: "1.5.0" }, machine: { ...record.machine, cores: 2 } }),
            now,
            wait: async (milliseconds, signal) => {
                const until = this.second + milliseconds / 1000;
                while (this.second < until) {
                    signal.throwIfAborted();
                    this.second += 1;
                    for (const load of this.#loads) load.write(this.second);
                    this.tick(this.second);
                    await Promise.resolve();
                }
                signal.throwIfAborted();
            },
        };
    }

    #load(plan: LoadPlan, folder: string): RunningLoad {
        const rate = (plan.series * 1000) / plan.intervalMs;
        this.did.push(`load ${rate}`);
        mkdirSync(folder, { recursive: true });
        writeFileSync(join(folder, runFiles.ledger), "");
        let latest: LoadInterval | undefined;
        const ended = Promise.withResolvers<{ code: number }>();
        const mine = {
            write: (second: number) => {
                latest = interval(second, { intended: rate, acknowledged: rate, ...this.outcome(rate) });
                appendFileSync(join(folder, runFiles.load), `${JSON.stringify(latest)}\n`);
            },
            end: (code: number) => {
                this.#loads = this.#loads.filter((one) => one !== mine);
                ended.resolve({ code });
            },
        };
        this.#loads.push(mine);
        return {
            lately: () => latest && totalsOf([latest]),
            stop: async () => {
                this.did.push("load ends");
                mine.end(this.codes.load);
            },
            ended: ended.promise,
        };
    }
}

const clean = { found: 10, missing: 0, doubled: 0, wrong: 0, unasked: 0, gaps: [], examples: [] };
export const sound: ReadBack = {
    v: 1,
    at: start,
    checked: 10,
    acknowledged: 10,
    merged: clean,
    replicas: { "m3-cluster-rep0-0": { ...clean, series: 1 } },
};

export const kubelet = (node: string): Fault => ({ kind: "kubelet", node });
