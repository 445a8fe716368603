import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readTokens } from "../../../agent/load/tokens.ts";
import type { LoadInterval } from "../../../agent/load/types.ts";
import { UserError } from "../../../support/errors.ts";
import { userPath } from "../../../support/paths.ts";
import { createProgress } from "../../../support/progress.ts";
import { openConnection } from "../../access/kubernetes.ts";
import { startLoad } from "../../load/child.ts";
import { tokensOf, type WriteDoor, writeDoor } from "../../load/door.ts";
import { loadPlan, loadTexts, wrongLoad } from "../../load/plan.ts";
import { allTaken, liveText, summaryOf, summaryText } from "../../load/summary.ts";
import { sumOf, totalsOf } from "../../load/totals.ts";
import { readEnvironment } from "../../stack/environment.ts";
import { openSession } from "../../stack/session.ts";
import { untilEnded } from "../../watch/ending.ts";
import { exitCodes } from "../exit.ts";
import { isLive, printJson, widthOf } from "../output.ts";
import type { Values } from "../verbs.ts";

export async function main(values: Values): Promise<number> {
    const progress = createProgress();
    const texts = loadTexts(values);
    const ofStack = ["stack", "settings", "site", "lab"].filter((name) => values[name] !== undefined);
    if (texts["remote-url"] !== undefined && ofStack.length > 0) {
        const problem = { what: "one of them says where the load goes to: leave the other out" };
        throw new UserError(`--remote-url and --${ofStack.join(", --")}`, problem, exitCodes.usage);
    }
    let door: WriteDoor = { urls: [], senders: [] };
    if (texts["remote-url"] === undefined) {
        // What is wrong with the other options is told before the stack is looked for.
        loadPlan({ ...texts, "remote-url": "http://m3coordinator/api/v1/prom/remote/write" });
        const session = await openSession(values, { say: progress.say });
        const environment = await readEnvironment(session);
        const { call } = await openConnection(environment.kubeconfig, environment.context);
        door = await writeDoor(environment, call);
        texts["remote-url"] = door.urls.join();
    }
    const { tokens: given, problems } = readTokens(texts, userPath);
    if (problems.length > 0) throw wrongLoad(problems);
    const senders = given.length > 0 ? [] : door.senders;
    const tokens = given.length > 0 ? given : tokensOf(door);
    const plan = loadPlan(texts, senders, door.ca);
    const kept = typeof values.out === "string" ? userPath(values.out) : undefined;
    if (kept !== undefined && existsSync(join(kept, "ledger.jsonl"))) {
        const problem = { what: "it would be mixed with this one", next: "name another folder, or delete that one" };
        throw new UserError(`--out ${values.out} has a load in it already`, problem, exitCodes.usage);
    }
    const folder = kept ?? (await mkdtemp(join(tmpdir(), "m3perf-load-")));
    // Added up as it goes: a load may go on for days.
    let totals = totalsOf([]);
    const ending = untilEnded();
    try {
        progress.say(`writing to ${plan.urls.join(", ")}`);
        // A line that is rewritten must fit into one.
        const room = isLive()
            ? widthOf(process.stderr) - plan.run.length - " …  1000 s ".length
            : Number.POSITIVE_INFINITY;
        await progress.step(plan.run, async (note) => {
            const each = (line: LoadInterval) => {
                totals = sumOf([totals, totalsOf([line])]);
                note(liveText(plan, line, totals).slice(0, room));
            };
            const load = startLoad(plan, folder, each, tokens);
            const stop = () => void load.stop();
            if (ending.signal.aborted) stop();
            else ending.signal.addEventListener("abort", stop);
            // Ctrl-C reaches the generator by itself, too; both ways it ends whole.
            const { code, error } = await load.ended;
            if (code !== 0) throw new UserError("the load generator failed", { what: error ?? `exit code ${code}` });
        });
        const summary = summaryOf(plan, totals);
        if (values.json) printJson({ plan, summary, ...(kept === undefined ? {} : { folder: kept }) });
        else process.stdout.write(summaryText(plan, summary));
        return allTaken(summary) ? exitCodes.ok : exitCodes.failed;
    } finally {
        ending.close();
        if (kept === undefined) await rm(folder, { recursive: true, force: true });
    }
}
