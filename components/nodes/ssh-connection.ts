import type { remote } from "@pulumi/command/types/input.js";
import * as pulumi from "@pulumi/pulumi";
import type { SshAccess } from "../../settings/hosts.ts";
import { readTarget } from "../../settings/read-target.ts";
import { messageOf, UserError } from "../../support/errors.ts";
import type { SshTarget } from "../../support/ssh-target.ts";

/** Failed attempts after the first, and seconds of each: a host that is off is told of within about a minute. */
const dialling = { dialErrorLimit: 3, perDialTimeout: 15 };

/**
 * The host with its keys. Where a key cannot be had, `up` stops with what is missing; a preview goes on with an empty key and a
 * warning, since whoever reviews a change need not own the hosts. Throws pulumi.RunError.
 */
export function sshTarget(access: SshAccess, keyInStack: string | undefined): SshTarget {
    try {
        return readTarget(access, keyInStack);
    } catch (error) {
        if (!(error instanceof UserError)) throw error;
        if (!pulumi.runtime.isDryRun()) throw new pulumi.RunError(messageOf(error));
        void pulumi.log.warn(`${messageOf(error)}\nThis preview goes on without it; connections show as changed.`);
        const { privateKeyFile: _, jump, ...host } = access;
        return { ...host, privateKey: "", jump: jump && withoutKey(jump) };
    }
}

function withoutKey({ privateKeyFile: _, ...hop }: Omit<SshAccess, "jump">): Omit<SshTarget, "jump"> {
    return { ...hop, privateKey: "" };
}

/** How @pulumi/command gets there. It takes any host key where none is given: none is never given. */
export function sshConnection(target: SshTarget): remote.ConnectionArgs {
    const { jump, ...host } = target;
    return { ...hop(host), ...(jump ? { proxy: hop(jump) } : {}) };
}

function hop({ host, port, user, privateKey, hostKey }: Omit<SshTarget, "jump">): remote.ProxyConnectionArgs {
    if (hostKey.trim() === "") throw new pulumi.RunError(`no host key is given for ${user}@${host}:${port}`);
    return { host, port, user, privateKey: pulumi.secret(privateKey), hostKey, ...dialling };
}
