import { messageOf, type Problem, UserError } from "./errors.ts";
import { HostKeyError } from "./ssh-host-key.ts";

/**
 * unreachable: no way there, no such name, or it hangs up before it has said who it is. refused: nothing listens at the port.
 * timeout: no answer within the limit. protocol: it answers, but not as an SSH server that we can talk to. hostKey: it shows
 * another key than the expected one, or has none of that type. key: it does not accept our key for this user. jump: the jump host
 * is the trouble (`cause` tells). lost: the connection broke while a command ran, or before. limit: a command did not end in time.
 */
export type SshFault =
    | "unreachable"
    | "refused"
    | "timeout"
    | "protocol"
    | "hostKey"
    | "key"
    | "jump"
    | "lost"
    | "limit";

/** What went wrong between us and a host, in words for people, with its kind for code. */
export class SshError extends UserError {
    readonly kind: SshFault;

    constructor(kind: SshFault, title: string, problem: Problem | [] = [], cause?: unknown) {
        super(title, problem);
        this.name = "SshError";
        this.kind = kind;
        if (cause !== undefined) this.cause = cause;
    }
}

/** "root@10.0.0.1:22" */
export function addressOf({ user, host, port }: { user: string; host: string; port: number }): string {
    return `${user}@${host.includes(":") ? `[${host}]` : host}:${port}`;
}

type Seen = Error & { code?: string; level?: string };

/** The fault behind an error of the socket or of ssh2 while connecting to `where`. Pure. */
export function connectFault(error: Seen, where: string): SshError {
    if (error instanceof SshError) return error;
    const told = (kind: SshFault, title: string, what: string, next?: string) =>
        new SshError(kind, `${where} ${title}`, { what, ...(next === undefined ? {} : { next }) }, error);
    const { code, level, message } = error;
    if (error instanceof HostKeyError) return told("hostKey", "shows another host key", message, compareKeys);
    if (/no matching host key format/.test(message)) {
        const what = "it has no host key of the type that is expected";
        return told("hostKey", "shows another host key", what, compareKeys);
    }
    if (level === "client-authentication") {
        const next =
            "add the public key to the user's ~/.ssh/authorized_keys there, or correct user or key in the site file";
        return told("key", "does not accept the key", "the host has no such user, or does not know the key", next);
    }
    if (code === "ECONNREFUSED")
        return told(
            "refused",
            "refuses the connection",
            "nothing listens there",
            "start sshd, or correct host or port",
        );
    if (code === "ETIMEDOUT") return told("timeout", "does not answer", message);
    if (level === "client-dns" || code === "ENOTFOUND" || code === "EAI_AGAIN")
        return told("unreachable", "cannot be found", "its name has no address", "correct host in the site file");
    if (code !== undefined && /^(EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENETDOWN)$/.test(code))
        return told("unreachable", "cannot be reached", message, "check address, network and firewall");
    // A forwarded port takes connections while the machine behind it is off (facts.md 6): ssh2 calls that a fault of the protocol.
    if (/^Connection lost before handshake/.test(message))
        return told("unreachable", "cannot be reached", "it hangs up before it has said who it is");
    if (level === "handshake" || level === "protocol") return told("protocol", "does not speak SSH as we do", message);
    return told("unreachable", "cannot be reached", message);
}

/** The same fault, told of the jump host on the way to `where`. */
export function jumpFault(error: unknown, where: string): SshError {
    const problem = error instanceof UserError ? error.problems[0] : undefined;
    const [title] = messageOf(error).split("\n");
    return new SshError("jump", `${where}: the jump host ${title}`, problem ?? [], error);
}

/** Why the jump host opened no way to `where`: RFC 4254 5.1 gives the reasons, OpenSSH the texts. Pure. */
export function forwardFault(error: Error & { reason?: number | string }, where: string): SshError {
    const { message } = error;
    if (error.reason === 1) {
        const next = "allow it in the jump host's sshd_config: AllowTcpForwarding, PermitOpen";
        return new SshError("jump", `${where}: the jump host forwards nothing there`, { what: message, next }, error);
    }
    const kind = /refused/i.test(message) ? "refused" : /timed out/i.test(message) ? "timeout" : "unreachable";
    return new SshError(kind, `${where} cannot be reached from the jump host`, { what: message }, error);
}

const compareKeys =
    "find out whether the host was installed anew; if so, compare its key there (ssh-keygen -lf /etc/ssh/ssh_host_*.pub) and correct hostKey or knownHosts";
