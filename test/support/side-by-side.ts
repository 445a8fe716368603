import { spawn } from "node:child_process";
import { once } from "node:events";

export interface Counts {
    passed: number;
    failed: number;
    skipped: number;
}

export function total(counts: readonly Counts[]): Counts {
    const sum = (of: keyof Counts) => counts.reduce((so, one) => so + one[of], 0);
    return { passed: sum("passed"), failed: sum("failed"), skipped: sum("skipped") };
}

/** "2 passed, 0 failed, 1 skipped", without the last part where nothing was; the last line of every run. */
export function summary({ passed, failed, skipped }: Counts): string {
    return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

/**
 * Runs parts in processes of their own, `lanes` of them at a time, and shows what each one printed when it has ended.
 * A part counts by the summary that it ends with; one without a summary, or that fails with no test failed, as a failure.
 * @param command gives the arguments of node that run a part
 */
export async function sideBySide(
    parts: readonly string[],
    command: (part: string) => string[],
    { lanes = 2, say = console.log }: { lanes?: number; say?: (text: string) => void } = {},
): Promise<Counts[]> {
    const waiting = [...parts];
    const done: Counts[] = [];
    const lane = async () => {
        for (let part = waiting.shift(); part !== undefined; part = waiting.shift())
            done.push(await runPart(part, command(part), say));
    };
    // Ended from outside, it ends the parts, too: each goes at the "exit" of this process.
    const end = () => process.exit(1);
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, end);
    await Promise.all(Array.from({ length: lanes }, lane));
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.removeListener(signal, end);
    return done;
}

/** Of one part; each of its tests has its own. */
const limit = 60 * 60_000;

async function runPart(part: string, command: string[], say: (text: string) => void): Promise<Counts> {
    say(`${part}: running`);
    const start = Date.now();
    const child = spawn(process.execPath, command, { stdio: ["ignore", "pipe", "pipe"], timeout: limit });
    const kill = () => child.kill();
    process.once("exit", kill);
    const printed: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => printed.push(chunk));
    const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
    process.removeListener("exit", kill);
    const text = Buffer.concat(printed).toString();
    say(`\n${part}, ${Math.round((Date.now() - start) / 1000)} s:\n${text}`);
    const counts = lastSummary(text);
    if (code === 0 && counts) return counts;
    if (counts && counts.failed > 0) return counts;
    say(`${part}: ended with ${signal ?? `code ${code}`}`);
    return total([...(counts ? [counts] : []), { passed: 0, failed: 1, skipped: 0 }]);
}

function lastSummary(text: string): Counts | undefined {
    const [, passed, failed, skipped] = /(\d+) passed, (\d+) failed(?:, (\d+) skipped)?\s*$/.exec(text) ?? [];
    return passed === undefined
        ? undefined
        : { passed: +passed, failed: Number(failed), skipped: Number(skipped ?? 0) };
}
