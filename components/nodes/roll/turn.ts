/**
 * turn.ts run: one node's turn in a roll (run-turn.ts). Standard input: JSON, TurnInput; the kubeconfig in M3PERF_KUBECONFIG where
 * there is a cluster, SSH access with its keys in M3PERF_HOST. SIGTERM and SIGINT end it at once, whatever it waits for: each state
 * that it can leave is one that the next run goes on from.
 */
import { constants } from "node:os";
import { text } from "node:stream/consumers";
import { messageOf, UserError } from "../../../support/errors.ts";
import type { SshTarget } from "../../../support/ssh-target.ts";
import { clientsFromEnvironment } from "../../kubernetes.ts";
import { clusterSide } from "./cluster-side.ts";
import { hostSide } from "./host-side.ts";
import { runTurn } from "./run-turn.ts";
import type { Pace } from "./sides.ts";
import { hostVariable, type TurnInput } from "./turn-input.ts";

const pace: Pace = { every: 1, linger: 15, patience: 60 };

const say = (line: string) => console.log(line);
const stop = new AbortController();

try {
    const [action] = process.argv.slice(2);
    if (action !== "run") throw new UserError(`turn.ts: ${action ?? "nothing"} is not known; use run`, [], 64);
    const input = JSON.parse(await text(process.stdin)) as TurnInput;
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
        process.once(signal, () => interrupted(input, signal));
    say(`${input.node}, ${input.place}: ${input.reason}`);
    const { cluster } = input;
    const sides = {
        cluster: cluster && clusterSide(clientsFromEnvironment().config, input.node, cluster),
        host: hostSide(targetFromEnvironment(), input, { say, signal: stop.signal }),
        say,
        signal: stop.signal,
        pace,
    };
    await runTurn(input, sides);
} catch (error) {
    console.error(messageOf(error));
    process.exitCode = error instanceof UserError ? error.exitCode : 1;
}

/** Leaves as things are: what a step would put right on its way out, such as uncordoning, the next run does or goes on from. */
function interrupted({ node }: TurnInput, signal: "SIGINT" | "SIGTERM" | "SIGHUP"): never {
    stop.abort(new Error(signal)); // ends what was started here, such as a power cycle
    console.error(`${node}: stopped by ${signal}; run the same command again: it goes on from here`);
    process.exit(128 + constants.signals[signal]);
}

function targetFromEnvironment(): SshTarget {
    const json = process.env[hostVariable];
    if (!json)
        throw new UserError(
            `${hostVariable} is not set`,
            { what: "this program is started by a component's Command" },
            64,
        );
    return JSON.parse(json) as SshTarget;
}
