import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { LoadPlan } from "../../agent/load/types.ts";
import { messageOf, UserError } from "../../support/errors.ts";
import { exitCodes } from "../cli/exit.ts";

/** plan.json, as the load generator leaves it: what was asked of it, and when it began. */
export interface RunPlan {
    plan: LoadPlan;
    startedAt: number;
}

/** Throws UserError where a folder holds no load that could be read back. */
export async function readRunPlan(folder: string): Promise<RunPlan> {
    const path = join(folder, "plan.json");
    let text: string;
    try {
        text = await readFile(path, "utf8");
    } catch (error) {
        throw wrong(`${folder} is no folder of a run`, messageOf(error));
    }
    let read: Partial<RunPlan>;
    try {
        read = JSON.parse(text) ?? {};
    } catch (error) {
        throw wrong(`${path} is not JSON`, messageOf(error));
    }
    const { plan, startedAt } = read;
    const numbers = [startedAt, plan?.series, plan?.intervalMs, plan?.replicas, plan?.worker?.of];
    if (!plan || startedAt === undefined || typeof plan.run !== "string" || !numbers.every(Number.isFinite)) {
        throw wrong(`${path} is no plan of a load`, "expected: {plan, startedAt}");
    }
    return { plan, startedAt };
}

const wrong = (title: string, what: string) =>
    new UserError(
        title,
        {
            what,
            next: "name the folder that `m3perf load --out` or a scenario has written: plan.json and ledger.jsonl",
        },
        exitCodes.usage,
    );
