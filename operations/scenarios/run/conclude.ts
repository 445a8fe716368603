import { messageOf, UserError } from "../../../support/errors.ts";
import type { CheckResult } from "../../checks/run.ts";
import { exitCodes } from "../../cli/exit.ts";
import { loadRun } from "../../report/read.ts";
import { judge, wellAfter } from "../judge/index.ts";
import { type ReadBack, runFiles, type Verdict } from "../types.ts";
import { ledgerFolders } from "./loads.ts";
import { mergeReadBacks } from "./merge-read-backs.ts";
import type { RunContext } from "./one.ts";

/** Seconds for which verify's checks are tried again after the run: nodes and pods come back, Prometheus catches up. */
export const wellAgain = 300;

/**
 * What comes after the steps and changes nothing: reading back, judging, the report. A run that was ended in here goes on here. Returns whether
 * every objective holds.
 */
export async function conclude(context: Omit<RunContext, "signal" | "journal" | "since" | "settle">): Promise<boolean> {
    const { folder, parts, progress, plan } = context;
    const { path } = folder;
    // Who resumes this later adds nothing to the run's time.
    folder.update({ endedAt: folder.record.endedAt ?? parts.now() });
    const written = ledgerFolders(path);
    if (written.length > 0) {
        const found = await readAll(context, written).catch((error) => readAgain(context, written, error));
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
    folder.update({ state: ok ? "passed" : "failed" });
    // A report that fails does not make a run fail: all that it is made of is there.
    await progress
        .step("report", () => parts.report(path))
        .catch((error) => {
            progress.say(`the report could not be written: ${messageOf(error)}; m3perf report ${path} tries again`);
        });
    return ok;
}

type Conclusion = Pick<RunContext, "folder" | "parts" | "progress">;

/** Every load of the run. */
function readAll({ parts, progress }: Conclusion, written: string[]): Promise<ReadBack | null> {
    return progress.step("read back what M3 acknowledged", async (note) => {
        const parted: ReadBack[] = [];
        for (const [index, one] of written.entries()) {
            const of = written.length > 1 ? `load ${index + 1} of ${written.length}: ` : "";
            parted.push(await parts.readBack(one, (text) => note(of + text)));
        }
        return mergeReadBacks(parted);
    });
}

/**
 * An M3 that the run has left broken answers nothing, and one that it has left short of memory may fall over what is asked of it: seen with
 * `dedicated`, where every check passed, and no replica answered any more when the first long labels were read. So it gets time to be well
 * again, and is asked once more; what does not answer then is what came of the run, and is judged. Anything else is thrown: a run
 * can be resumed.
 */
async function readAgain(context: Conclusion, written: string[], error: unknown): Promise<ReadBack | null> {
    const { folder, parts, progress } = context;
    const after = folder.read<CheckResult[]>(runFiles.verifyAfter) ?? [];
    if (!isUnavailable(error)) throw error;
    if (after.some(({ id, ok }) => !ok && /^(m3db|query|data|pods|nodes)\./.test(id)))
        return unreadable(context, error);
    progress.say(`M3 was well and gives no whole answer: ${firstLine(error)}`);
    const since = folder.record.startedAt;
    const now = await parts.verify({
        wait: wellAgain,
        since,
        disturbed: true,
        title: "verify, before it is asked again",
    });
    try {
        return await readAll(context, written);
    } catch (again) {
        // Where nothing at all answers, it is the way there that is gone.
        if (!isUnavailable(again) || now.every(({ ok }) => !ok)) throw again;
        return unreadable(context, again);
    }
}

const isUnavailable = (error: unknown) => error instanceof UserError && error.exitCode === exitCodes.unavailable;
const firstLine = (error: unknown) => messageOf(error).split("\n")[0] ?? "";

function unreadable({ folder, progress }: Conclusion, error: unknown): null {
    const unread = firstLine(error);
    progress.say(`what M3 acknowledged cannot be read back: ${unread}`);
    folder.update({ unread });
    return null;
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
