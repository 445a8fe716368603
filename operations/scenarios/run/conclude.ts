import { messageOf, UserError } from "../../../support/errors.ts";
import type { CheckResult } from "../../checks/run.ts";
import { exitCodes } from "../../cli/exit.ts";
import { loadRun } from "../../report/read.ts";
import { judge, wellAfter } from "../judge/index.ts";
import { type ReadBack, runFiles, type Verdict } from "../types.ts";
import { ledgerFolders } from "./loads.ts";
import { mergeReadBacks } from "./merge-read-backs.ts";
import type { RunContext } from "./one.ts";

/**
 * What comes after the steps and changes nothing: reading back, judging, the report. A run that was ended in here goes on here. Returns whether
 * every objective holds.
 */
export async function conclude(context: Omit<RunContext, "signal" | "journal" | "since" | "settle">): Promise<boolean> {
    const { folder, parts, progress, plan } = context;
    const { path } = folder;
    const written = ledgerFolders(path);
    if (written.length > 0) {
        const reading = progress.step("read back what M3 acknowledged", async (note) => {
            const parted: ReadBack[] = [];
            for (const [index, one] of written.entries()) {
                const of = written.length > 1 ? `load ${index + 1} of ${written.length}: ` : "";
                parted.push(await parts.readBack(one, (text) => note(of + text)));
            }
            return mergeReadBacks(parted);
        });
        const found = await reading.catch((error) => unreadable(context, error));
        if (found) folder.write(runFiles.readBack, found);
    }
    const collection = await progress.step("ask Prometheus and M3 for what was collected", () =>
        parts.collection(folder.record.startedAt, stepsEnd(context)),
    );
    folder.update({ collection });
    const evicted = await parts.evictions(folder.record.startedAt).catch(() => undefined);
    if (evicted) folder.update({ evicted });
    const verdicts = judge([...plan.judge, wellAfter.is(0)], await loadRun(path));
    folder.write(runFiles.verdicts, verdicts);
    const ok = verdicts.every((verdict) => verdict.ok !== false);
    folder.update({ state: ok ? "passed" : "failed", endedAt: parts.now() });
    // A report that fails does not make a run fail: all that it is made of is there.
    await progress
        .step("report", () => parts.report(path))
        .catch((error) => {
            progress.say(`the report could not be written: ${messageOf(error)}; m3perf report ${path} tries again`);
        });
    return ok;
}

/** An M3 that the run has left broken answers nothing: that is what came of the run, and it is judged. Anything else is thrown. */
function unreadable({ folder, progress }: Pick<RunContext, "folder" | "progress">, error: unknown): undefined {
    const after = folder.read<CheckResult[]>(runFiles.verifyAfter) ?? [];
    const broken = after.some(({ id, ok }) => !ok && /^(m3db|query|data|pods|nodes)\./.test(id));
    if (!(error instanceof UserError) || error.exitCode !== exitCodes.unavailable || !broken) throw error;
    const unread = messageOf(error).split("\n")[0] ?? "";
    progress.say(`what M3 acknowledged cannot be read back: ${unread}`);
    folder.update({ unread });
}

/** When the last step ended. */
function stepsEnd({ folder, parts }: Pick<RunContext, "folder" | "parts">): number {
    const ends = folder.events.flatMap(({ until }) => until ?? []);
    return ends.length === 0 ? parts.now() : Math.max(...ends);
}

/** "knee-rate  18200 samples/s …", one line each, those that do not hold first. Pure. */
export function verdictLines(verdicts: Verdict[]): string[] {
    const rank = ({ ok }: Verdict) => (ok === false ? 0 : ok ? 1 : 2);
    const mark = ({ ok }: Verdict) => (ok === false ? "FAILED" : ok ? "holds" : "told");
    return [...verdicts]
        .sort((a, b) => rank(a) - rank(b))
        .flatMap((verdict) => {
            const { title, measured, objective, why } = verdict;
            const wanted = objective === null ? "" : ` (wanted: ${objective})`;
            const reason = why !== undefined && verdict.ok !== true ? [`          ${why}`] : [];
            return [`  ${mark(verdict).padEnd(6)}  ${title}: ${measured}${wanted}`, ...reason];
        });
}
