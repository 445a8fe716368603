/** The write load as a process of its own. */
import type { LoadInterval, LoadPlan } from "../../agent/load/types.ts";
import type { Environment } from "../../settings/environment.ts";
import { UserError } from "../../support/errors.ts";
import { hostOf } from "../access/host.ts";
import { exitCodes } from "../cli/exit.ts";
import { type RunningLoad, startGenerator } from "./generator.ts";

export type { RunningLoad } from "./generator.ts";

/** Starts a load whose files (operations/scenarios/types.ts) go to `folder`. `each` is told every line as it comes. */
export const startLoad = (
    plan: LoadPlan,
    folder: string,
    each: (line: LoadInterval) => void = () => {},
    tokens: string[] = [],
): RunningLoad => startGenerator("main.ts", plan, folder, each, tokens);

/** Remote write URLs of the coordinators from outside of the cluster: the NodePort at every node that may carry one. */
export function loadTargets({ coordinator, nodes, stack }: Environment): string[] {
    const { nodePort } = coordinator;
    if (nodePort === undefined) {
        throw new UserError(
            `the coordinators of stack ${stack} have no NodePort`,
            {
                what: "a load from outside of the cluster has no way to them",
                next: "name another way with --remote-url, or set m3perf:coordinator.nodePort",
            },
            exitCodes.unavailable,
        );
    }
    return nodes
        .filter(({ roles }) => roles.includes("coordinator"))
        .map(({ address }) => `http://${hostOf(address)}:${nodePort}/api/v1/prom/remote/write`);
}
