import { readFileSync } from "node:fs";
import { messageOf, UserError } from "../support/errors.ts";
import { addressOf } from "../support/ssh-error.ts";
import { privateKeyProblem } from "../support/ssh-private-key.ts";
import type { SshTarget } from "../support/ssh-target.ts";
import { type SshAccess, sshKeySetting } from "./hosts.ts";

/**
 * The access with its keys: those in files are read, the others are the stack's `m3perf:sshPrivateKey`. Throws UserError naming
 * the file or the setting, and nothing of its content, when a key cannot be read or used.
 */
export function readTarget(access: SshAccess, keyInStack?: string): SshTarget {
    const { jump } = access;
    return { ...hop(access, keyInStack), jump: jump && hop(jump, keyInStack) };
}

function hop({ host, port, user, privateKeyFile, hostKey }: Omit<SshAccess, "jump">, keyInStack?: string) {
    const where = addressOf({ user, host, port });
    const privateKey = privateKeyFile === null ? keyInStack : readKey(privateKeyFile, where);
    const setting = `the secret m3perf:${sshKeySetting}`;
    if (privateKey === undefined) {
        throw new UserError(`there is no private key for ${where}`, {
            what: `neither privateKeyFile in the site file nor ${setting}`,
            next: `pulumi config set --secret m3perf:${sshKeySetting} < FILE`,
        });
    }
    const unusable = privateKeyProblem(privateKey);
    if (unusable) {
        throw new UserError(`the private key for ${where} cannot be used`, {
            what: `${privateKeyFile ?? setting} ${unusable}`,
            next: "give one without a passphrase: ssh-keygen -t ed25519 -N '' -f FILE, and add FILE.pub to authorized_keys there",
        });
    }
    return { host, port, user, privateKey, hostKey };
}

function readKey(file: string, where: string): string {
    try {
        return readFileSync(file, "utf8");
    } catch (error) {
        throw new UserError(`the private key for ${where} cannot be read`, {
            what: file,
            why: messageOf(error).split(",")[0] ?? "",
            next: "correct privateKeyFile in the site file",
        });
    }
}
