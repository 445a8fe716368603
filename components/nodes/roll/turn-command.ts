import { Command } from "@pulumi/command/local/command.js";
import * as pulumi from "@pulumi/pulumi";
import type { SshTarget } from "../../../support/ssh-target.ts";
import { kubeconfigVariable } from "../../variables.ts";
import { turnSteps } from "./plan.ts";
import { hostVariable, type TurnInput } from "./turn-input.ts";

export interface TurnCommandArgs {
    input: TurnInput;
    /** With its keys: they travel in a secret environment variable. */
    target: SshTarget;
    /** Absent: there is no cluster (input.cluster is null). */
    kubeconfig?: pulumi.Input<string>;
}

/** Seconds that the scripts of a turn and its looks take beside its waits. */
const beside = 1800;

/**
 * One node's turn (turn.ts) as a resource: another reason is another turn; a change of anything else runs the program, which
 * finds that nothing is needed. Destroying does nothing: a reboot cannot be given back. Previews show the node, its place,
 * the reason and the steps, since they are its standard input.
 */
export function turnCommand(name: string, args: TurnCommandArgs, opts: pulumi.CustomResourceOptions): Command {
    const { input, target, kubeconfig } = args;
    const { node, place, reason, ...rest } = input;
    const steps = turnSteps(input).map(({ name, does }) => `${name}: ${does}`);
    const { safe, drain, boot, rejoin } = input.limits;
    const limit = `${safe + drain + boot + rejoin + beside}s`;
    return new Command(
        name,
        {
            interpreter: ["node", "components/nodes/roll/turn.ts"],
            create: "run",
            update: "run",
            stdin: JSON.stringify({ node, place, reason, steps, ...rest }, null, 2),
            environment: {
                [hostVariable]: pulumi.secret(JSON.stringify(target)),
                ...(kubeconfig === undefined ? {} : { [kubeconfigVariable]: pulumi.secret(kubeconfig) }),
            },
            triggers: [reason],
            addPreviousOutputInEnv: false,
        },
        {
            ...opts,
            customTimeouts: { create: limit, update: limit, ...opts.customTimeouts },
            deleteBeforeReplace: true,
        },
    );
}
