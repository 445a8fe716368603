import { Command } from "@pulumi/command/local/command.js";
import * as pulumi from "@pulumi/pulumi";
import { kubeconfigVariable } from "./variables.ts";

export interface ClusterCommandArgs {
    /** A program of this project, relative to it: the state holds no path of this machine. */
    program: string;
    /** Its argument on create and update, and on delete; absent: there is nothing to give back. */
    up: string;
    down?: string;
    /** Goes to standard input as JSON; previews show it. */
    input: pulumi.Input<object>;
    kubeconfig: pulumi.Input<string>;
    /** A change of these means another object: the old one is given back first. */
    identity: unknown[];
}

/** No command may wait for ever, whatever its program does: the limit unless the caller gives others. */
const limits = { create: "5m", update: "5m", delete: "5m" };

/**
 * What declarative resources cannot say: a program of ours, run at create, update and delete. No shell; the kubeconfig travels in a
 * secret environment variable, the desired state on standard input. Providers run in the project's folder.
 */
export function clusterCommand(name: string, args: ClusterCommandArgs, opts: pulumi.CustomResourceOptions): Command {
    return new Command(
        name,
        {
            interpreter: ["node", args.program],
            create: args.up,
            update: args.up,
            ...(args.down === undefined ? {} : { delete: args.down }),
            stdin: pulumi.output(args.input).apply((input) => JSON.stringify(input, null, 2)),
            environment: { [kubeconfigVariable]: pulumi.secret(args.kubeconfig) },
            triggers: args.identity,
            addPreviousOutputInEnv: false,
        },
        { ...opts, customTimeouts: { ...limits, ...opts.customTimeouts }, deleteBeforeReplace: true },
    );
}
