import { UserError } from "../../../support/errors.ts";
import { exec } from "../../../support/exec.ts";
import { openSsh, SshError, type SshResult, type SshSession } from "../../../support/ssh.ts";
import type { SshTarget } from "../../../support/ssh-target.ts";
import { recordOf } from "./record.ts";
import type { HostSide } from "./sides.ts";
import type { TurnInput } from "./turn-input.ts";

/**
 * Seconds. Short: a port that is forwarded to a machine accepts connections while that machine is down (facts.md 6), and a host
 * that reboots answers nothing to what was sent to its old boot.
 */
const connectLimit = 10;
const lookLimit = 10;

/**
 * What is read from a script's output is marked and on a line of its own: bash reads ~/.bashrc for remote commands, too, and what
 * that prints comes first.
 */
const lookScript = "id=$(cat /proc/sys/kernel/random/boot_id) && printf '\\nm3perf-boot=%s\\n' \"$id\"";
const bootLine = /^m3perf-boot=([0-9a-f-]{36})$/m;

/**
 * The host's own clock runs the reboot a second later, when the command that asked for it has long ended: so it answers 0, and
 * the connection ends as any other (facts.md 6).
 */
const rebootScript = "systemd-run --on-active=1s --timer-property=AccuracySec=100ms systemctl reboot";

/** Where a host without a cluster keeps its turn's record (FHS 5.8.6: state that needs no folder of its own). */
const recordFile = "/var/lib/misc/m3perf-turn";
const recordScript = `echo; sed 's/^/m3perf-record=/' ${recordFile} 2>/dev/null || :`;
const recordLine = /^m3perf-record=(.*)$/m;

/**
 * The host over SSH. Scripts travel on standard input: of any length, and with nothing to quote. `limit`: seconds for what is asked
 * but a turn's own scripts.
 */
export function hostSide(
    target: SshTarget,
    { node, reboot }: Pick<TurnInput, "node" | "reboot">,
    { say, signal, limit: short = lookLimit }: { say(line: string): void; signal: AbortSignal; limit?: number },
): HostSide {
    async function connected<T>(work: (session: SshSession) => Promise<T>): Promise<T> {
        const session = await openSsh(target, { timeout: connectLimit, signal, silence: 15 });
        try {
            return await work(session);
        } finally {
            await session.close();
        }
    }
    const script = (text: string, limit: number, onLine?: (line: string) => void) =>
        connected((session) =>
            session.exec("exec /bin/sh -s", {
                stdin: text,
                root: true,
                timeout: limit,
                signal,
                ...(onLine ? { onLine } : {}),
            }),
        );
    async function must(what: string, text: string): Promise<SshResult> {
        const result = await script(text, short);
        if (result.code !== 0) throw new UserError(`${node}: ${what}`, { what: outputOf(result) });
        return result;
    }
    return {
        async look() {
            const what = "its boot id cannot be read";
            const result = await must(what, lookScript);
            const id = bootLine.exec(result.stdout)?.[1];
            if (id === undefined) throw new UserError(`${node}: ${what}`, { what: outputOf(result) });
            return { id };
        },
        async run(text, limit) {
            const result = await script(text, limit, say);
            return { code: result.code, output: outputOf(result) };
        },
        async reboot(limit) {
            if (reboot.by === "ssh") {
                const { code, stdout, stderr } = await script(rebootScript, short).catch((error: unknown) => {
                    // Gone while it was asked, or late to answer: it may have been taken, and only its next boot can tell.
                    if (error instanceof SshError && (error.kind === "lost" || error.kind === "limit"))
                        return { code: 0, stdout: "", stderr: "" };
                    throw error;
                });
                const what = `${stdout}${stderr}`.trim();
                if (code !== 0) throw new UserError(`${node} does not take the request to reboot`, { what });
                return;
            }
            const [program = "", ...words] = reboot.command;
            const result = await exec(program, words, { timeout: limit, signal, onLine: (line) => say(line) });
            if (result.code !== 0)
                throw new UserError(`${node}: the power cycle failed, exit code ${result.code}`, {
                    what: reboot.command.join(" "),
                    why: outputOf(result),
                });
        },
        async record() {
            const { stdout } = await must("its turn's record cannot be read", recordScript);
            return recordOf(recordLine.exec(stdout)?.[1]);
        },
        async remember(record) {
            const text = JSON.stringify(record).replaceAll("'", `'\\''`);
            const write = `printf '%s\\n' '${text}' >${recordFile}.new && sync ${recordFile}.new && mv ${recordFile}.new ${recordFile}`;
            await must(
                "its turn's record cannot be written",
                `mkdir -p /var/lib/misc && ${write} && sync /var/lib/misc`,
            );
        },
        async forget() {
            await must("its turn's record cannot be removed", `rm -f ${recordFile}`);
        },
    };
}

/** The last lines of what a command printed. */
function outputOf({ stdout, stderr }: { stdout: string; stderr: string }): string {
    const lines = `${stdout}\n${stderr}`.split("\n").filter((line) => line.trim() !== "");
    return lines.slice(-12).join("\n    ") || "it printed nothing";
}
