/** The query load as a process of its own. */
import { type ReadPlan, readPlanProblems } from "../../agent/load/reads-plan.ts";
import type { LoadInterval } from "../../agent/load/types.ts";
import type { Environment } from "../../settings/environment.ts";
import { UserError } from "../../support/errors.ts";
import { hostOf } from "../access/host.ts";
import { exitCodes } from "../cli/exit.ts";
import { type RunningLoad, startGenerator } from "./generator.ts";

/**
 * Starts a query load whose lines go to `folder`/reads.jsonl. `each` is told every line as it comes. Throws UserError for a plan that
 * cannot be run.
 */
export function startReads(
    plan: ReadPlan,
    folder: string,
    each: (line: LoadInterval) => void = () => {},
    token?: string,
): RunningLoad {
    const problems = readPlanProblems(plan);
    if (problems.length > 0) {
        throw new UserError(
            "this query load cannot be run",
            problems.map((what) => ({ what })),
            exitCodes.usage,
        );
    }
    return startGenerator("reads-main.ts", plan, folder, each, token === undefined ? [] : [token]);
}

/** Where queries go from outside of the cluster: the NodePort of m3query (or of what answers for it) at each node that runs it. */
export function queryTargets({ query, nodes, stack }: Environment): string[] {
    const { nodePort } = query;
    if (nodePort === undefined) {
        throw new UserError(
            `the query service of stack ${stack} has no NodePort`,
            {
                what: "a query load from outside of the cluster has no way to it",
                next: "set m3perf:query.nodePort",
            },
            exitCodes.unavailable,
        );
    }
    return nodes
        .filter(({ roles }) => roles.includes("coordinator"))
        .map(({ address }) => `http://${hostOf(address)}:${nodePort}`);
}
