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

/** One line: the boot id, and the host's clock in seconds since 1970. */
const lookScript = "cat /proc/sys/kernel/random/boot_id && date +%s";

/**
 * The host's own clock runs the reboot a second later, when the command that asked for it has long ended: so it answers 0, and
 * the connection ends as any other (facts.md 6).
 */
const rebootScript = "systemd-run --on-active=1s --timer-property=AccuracySec=100ms systemctl reboot";

/** Where a host without a cluster keeps its turn's record (FHS 5.8.6: state that needs no folder of its own). */
const recordFile = "/var/lib/misc/m3perf-turn";

/** The host over SSH. Scripts travel on standard input: of any length, and with nothing to quote. */
export function hostSide(
    target: SshTarget,
    { node, reboot }: Pick<TurnInput, "node" | "reboot">,
    { say, signal }: { say(line: string): void; signal: AbortSignal },
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
        const result = await script(text, lookLimit);
        if (result.code !== 0) throw new UserError(`${node}: ${what}`, { what: outputOf(result) });
        return result;
    }
    return {
        async look() {
            const { stdout } = await must("its boot id cannot be read", lookScript);
            const [id = "", seconds = ""] = stdout.trim().split("\n");
            return { id: id.trim(), now: new Date(Number(seconds) * 1000) };
        },
        async run(text, limit) {
            const result = await script(text, limit, say);
            return { code: result.code, output: outputOf(result) };
        },
        async reboot(limit) {
            if (reboot.by === "ssh") {
                const { code, stdout, stderr } = await script(rebootScript, lookLimit).catch((error: unknown) => {
                    // Gone while it was asked: only its next boot can tell.
                    if (error instanceof SshError && error.kind === "lost") return { code: 0, stdout: "", stderr: "" };
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
            const { stdout } = await must("its turn's record cannot be read", `cat ${recordFile} 2>/dev/null || :`);
            return recordOf(stdout.trim());
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
