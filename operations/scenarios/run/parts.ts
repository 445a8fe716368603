import type { LoadPlan } from "../../../agent/load/types.ts";
import type { Environment } from "../../../settings/environment.ts";
import type { CheckContext } from "../../checks/check.ts";
import type { CheckResult } from "../../checks/run.ts";
import type { Isolation } from "../../isolation/probe.ts";
import type { WriteDoor } from "../../load/door.ts";
import type { RunningLoad } from "../../load/generator.ts";
import type { Rebuilt } from "../../rebuild/rebuild.ts";
import type { Sample } from "../../watch/sample.ts";
import type { Hands } from "../faults/hands.ts";
import type { ReadShape } from "../plan.ts";
import type { Collection, Eviction, ReadBack, RunRecord } from "../types.ts";

/** Everything that a run does outside of itself; tests have their own. */
export interface Parts {
    environment: Environment;
    context: CheckContext;
    hands: Hands;
    /** Where loads go to, and as whom. */
    door: WriteDoor;
    startLoad(plan: LoadPlan, folder: string): RunningLoad;
    startReads(shape: ReadShape, plan: LoadPlan, folder: string): Promise<RunningLoad>;
    /** Every sample is written to the file. */
    watch(file: string): { samples(): Sample[]; stop(): Promise<void> };
    /** `since`: what happened to the environment from then on is a scenario's own doing. `wait`: seconds. */
    verify(options: { wait: number; since: number; disturbed: boolean; title: string }): Promise<CheckResult[]>;
    readBack(folder: string, note: (text: string) => void): Promise<ReadBack>;
    collection(from: number, to: number): Promise<Collection>;
    isolation(plan: LoadPlan): Promise<Isolation>;
    rebuild(pod: string, note: (text: string) => void): Promise<Rebuilt>;
    /** What replicas lack, as the check data.holes sees it; one line each. */
    holes(): Promise<string[]>;
    /** Pods that kubelets put out since then (ms since 1970), for want of what; once each time. */
    evictions(since: number): Promise<Eviction[]>;
    report(folder: string): Promise<void>;
    about(): Promise<Pick<RunRecord, "settings" | "versions" | "machine">>;
    now(): number;
    wait(milliseconds: number, signal: AbortSignal): Promise<void>;
}
