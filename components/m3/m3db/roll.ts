/**
 * roll.ts run: brings the database pods to what the M3DBCluster asks for (rolling.ts). Standard input: JSON, RollInput; the kubeconfig
 * in M3PERF_KUBECONFIG. SIGTERM and SIGINT end it at once: the next run goes on from what is there.
 */
import { constants } from "node:os";
import { text } from "node:stream/consumers";
import { messageOf, UserError } from "../../../support/errors.ts";
import { clientsFromEnvironment } from "../../kubernetes.ts";
import { clusterSide } from "./roll-live.ts";
import type { RollInput } from "./roll-sides.ts";
import { roll } from "./rolling.ts";

const pace = { every: 2, linger: 0, patience: 60 };
const stop = new AbortController();

try {
    const [action] = process.argv.slice(2);
    if (action !== "run") throw new UserError(`roll.ts: ${action ?? "nothing"} is not known; use run`, [], 64);
    const input = JSON.parse(await text(process.stdin)) as RollInput;
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => interrupted(signal));
    await roll(input, {
        cluster: clusterSide(clientsFromEnvironment().config, input),
        say: (line) => console.log(line),
        signal: stop.signal,
        pace,
        now: () => performance.now() / 1000,
    });
} catch (error) {
    console.error(messageOf(error));
    process.exitCode = error instanceof UserError ? error.exitCode : 1;
}

function interrupted(signal: "SIGINT" | "SIGTERM" | "SIGHUP"): never {
    console.error(`stopped by ${signal}; run the same command again: it goes on from here`);
    process.exit(128 + constants.signals[signal]);
}
