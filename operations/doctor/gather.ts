import type { Host, SshAccess } from "../../settings/hosts.ts";
import { readTarget } from "../../settings/read-target.ts";
import { messageOf, UserError } from "../../support/errors.ts";
import { inLanes } from "../../support/lanes.ts";
import { openSsh, SshError, type SshFault } from "../../support/ssh.ts";
import { ClockProbe } from "./clock.ts";
import { type HostFacts, parseFacts } from "./facts.ts";

/** What came of asking one node's host. */
export type HostAnswer =
    | { state: "answered"; facts: HostFacts }
    /** Nobody said how it is reached. */
    | { state: "no-ssh" }
    /** Its key is the stack's secret, which only Pulumi can read. */
    | { state: "secret-key" }
    /** `fault` "settings": its key cannot be read; "script": it was reached and did not tell what it should. */
    | { state: "failed"; fault: SshFault | "settings" | "script"; what: string; why?: string; next?: string };

/** Seconds. */
const limits = { connect: 30, script: 60 };
/** Hosts asked at a time: a jump host refuses more than ten that have not logged in yet (sshd_config, MaxStartups). */
const width = 8;

export interface GatherOptions {
    script: string;
    /** Private key of the hosts whose key is in no file; undefined: they cannot be tried. */
    stackKey: string | undefined;
    onAnswer?: (answered: number) => void;
}

/** Asks every node's host, side by side; one answer for each node, by its name. Never throws for a host's sake. */
export async function askHosts(
    nodes: string[],
    hosts: Host[],
    options: GatherOptions,
): Promise<Map<string, HostAnswer>> {
    const answers = new Map<string, HostAnswer>();
    await inLanes(nodes, width, async (node) => {
        const host = hosts.find((one) => one.node === node);
        answers.set(node, host ? await askHost(host.ssh, options) : { state: "no-ssh" });
        options.onAnswer?.(answers.size);
    });
    return answers;
}

async function askHost(access: SshAccess, { script, stackKey }: GatherOptions): Promise<HostAnswer> {
    const inNoFile = [access, access.jump].some((hop) => hop?.privateKeyFile === null);
    if (inNoFile && stackKey === undefined) return { state: "secret-key" };
    try {
        const session = await openSsh(readTarget(access, stackKey), { timeout: limits.connect });
        try {
            const probe = new ClockProbe();
            const options = { timeout: limits.script, stdin: probe.stdin, onLine: (line: string) => probe.hear(line) };
            const { code, stdout, stderr } = await session.exec(script, options);
            const facts = parseFacts(stdout, probe.best);
            if (facts) return { state: "answered", facts };
            const said = (stderr || stdout).trim().split("\n").at(-1);
            const what = `its shell did not come to the end of the script (exit code ${code})`;
            return { state: "failed", fault: "script", what, ...(said ? { why: said } : {}) };
        } finally {
            await session.close();
        }
    } catch (error) {
        return failureOf(error);
    }
}

/** The fault in the words of the error, title and first problem. Pure. */
export function failureOf(error: unknown): HostAnswer {
    if (!(error instanceof UserError)) throw error;
    const [title = ""] = messageOf(error).split("\n");
    const [problem] = error.problems;
    const why = [problem?.what, problem?.why].filter(Boolean).join(": ");
    return {
        state: "failed",
        fault: error instanceof SshError ? error.kind : "settings",
        what: title,
        ...(why ? { why } : {}),
        ...(problem?.next ? { next: problem.next } : {}),
    };
}
