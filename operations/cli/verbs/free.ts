import { createProgress } from "../../../support/progress.ts";
import { type Freed, free } from "../../stuck/free.ts";
import { findTarget } from "../../stuck/target.ts";
import { addressed } from "../addressed.ts";
import { exitCodes } from "../exit.ts";
import { calmNotes, isLive, printJson } from "../output.ts";
import type { Values } from "../verbs.ts";
import { secondsOf } from "./verify.ts";

/** Seconds: the operator's way from the wake-up to the namespaces took 10 in the lab, and its own delay comes before. */
const defaultLimit = 300;

export async function main(values: Values): Promise<number> {
    const limit = values.wait === undefined ? defaultLimit : secondsOf(values.wait);
    const dryRun = values["dry-run"] === true;
    const progress = createProgress();
    const { kubernetes, ...target } = await findTarget(values, progress.say);
    const freed = await progress.step(`free ${target.namespace}/${target.cluster}`, async (note) => {
        const notes = calmNotes(note, isLive());
        try {
            return await free(kubernetes, { ...target, dryRun, limit, say: progress.say, note: notes.note });
        } finally {
            notes.end();
        }
    });
    if (values.json) printJson({ namespace: target.namespace, cluster: target.cluster, dryRun, ...freed });
    else process.stdout.write(addressed(freeText(freed, target), values));
    return freed.now.stuck ? exitCodes.failed : exitCodes.ok;
}

/** What came of it, for a person. Pure. */
export function freeText({ found, did, now }: Freed, target: { namespace: string; cluster: string }): string {
    const name = `${target.namespace}/${target.cluster}`;
    const seen = (evidence: string[]) => evidence.map((line) => `  seen: ${line}`);
    if (!found.stuck) {
        return lines([`${name} is not stuck: nothing was done.`, ...seen(found.evidence), `  so: ${found.cause}`]);
    }
    const before = [`${name} was stuck.`, ...seen(found.evidence), `  cause: ${found.cause}`];
    if (now.stuck) {
        const next = found.remedy === "" ? `  next: ${found.next}` : `  m3perf free would: ${found.remedy}`;
        return lines([...before.map((line) => line.replace(" was stuck.", " is stuck.")), next, "Nothing was done."]);
    }
    return lines([...before, ...did.map((line) => `  done: ${line}`), "It is free:", ...seen(now.evidence)]);
}

const lines = (list: string[]) => `${list.join("\n")}\n`;
