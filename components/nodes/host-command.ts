import { createHash } from "node:crypto";
import { Command } from "@pulumi/command/remote/command.js";
import type * as pulumi from "@pulumi/pulumi";
import type { SshTarget } from "../../support/ssh-target.ts";
import { sshConnection } from "./ssh-connection.ts";

export interface HostCommandArgs {
    target: SshTarget;
    /** For `sh -s` as root; it must not do anything before its last line has been read (kernel/script.ts). */
    script: string;
    /** Its arguments on create, and on delete; absent: there is nothing to give back. */
    up?: string;
    down?: string;
    /** What another connection alone means: the script runs again, or nothing. A script that only looks may always run again. */
    onConnection: "again" | "nothing";
    /** A change of these or of the script means that it runs again. */
    triggers: unknown[];
}

/**
 * A script on a host, as root. It travels on standard input: whatever the user's shell is, it is read by sh, and an error
 * message repeats its output, not the script.
 */
export function hostCommand(name: string, args: HostCommandArgs, opts: pulumi.CustomResourceOptions): Command {
    const { target, script, up, down, onConnection, triggers } = args;
    const once = onConnection === "nothing";
    return new Command(
        name,
        {
            connection: sshConnection(target),
            create: rootShell(target.user, up),
            // Triggers replace the resource, which runs `create`; what is left to an update is the connection.
            ...(once ? { update: "echo 'only the connection has changed: nothing to do'" } : {}),
            ...(down === undefined ? {} : { delete: rootShell(target.user, down) }),
            stdin: script,
            triggers: once ? [...triggers, hashOf(script)] : triggers,
            addPreviousOutputInEnv: false,
        },
        opts,
    );
}

function rootShell(user: string, argument?: string): string {
    return [...(user === "root" ? [] : ["sudo", "-n"]), "/bin/sh", "-s", ...(argument ? ["--", argument] : [])].join(
        " ",
    );
}

const hashOf = (text: string) => createHash("sha256").update(text).digest("hex").slice(0, 16);
