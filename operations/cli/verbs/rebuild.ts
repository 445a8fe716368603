import { UserError } from "../../../support/errors.ts";
import { createProgress } from "../../../support/progress.ts";
import { clusterHands } from "../../access/cluster-hands.ts";
import { holes } from "../../checks/holes.ts";
import { openContext } from "../../checks/verify.ts";
import { type Rebuilt, rebuildReplica } from "../../rebuild/rebuild.ts";
import { reach } from "../../stack/reach.ts";
import { addressed } from "../addressed.ts";
import { exitCodes } from "../exit.ts";
import { calmNotes, isLive, printJson } from "../output.ts";
import type { Values } from "../verbs.ts";
import { secondsOf } from "./verify.ts";

/** Seconds. An almost empty replica took 122 in the lab; how long it takes otherwise goes by its data. */
const defaultLimit = 1800;

export async function main(values: Values, words: string[]): Promise<number> {
    const [pod, ...more] = words;
    if (pod === undefined || more.length > 0) {
        const next =
            "name one database pod: m3perf rebuild m3-cluster-rep1-0 (m3perf verify --only data.holes names those that need it)";
        throw new UserError(
            `m3perf rebuild ${words.join(" ")}`.trimEnd(),
            { what: "which replica?", next },
            exitCodes.usage,
        );
    }
    const limit = values.wait === undefined ? defaultLimit : secondsOf(values.wait);
    const progress = createProgress();
    const { environment, call, config } = await reach(values, progress.say);
    const context = await openContext(environment);
    const rebuilt = await progress.step(`rebuild ${pod} from its peers`, async (note) => {
        const notes = calmNotes(note, isLive());
        try {
            return await rebuildReplica(pod, { context, cluster: clusterHands(call, config), limit, note: notes.note });
        } finally {
            notes.end();
        }
    });
    const verdict = await progress.step("compare its samples with the others'", () => holes.run(context));
    if (values.json) printJson({ ...rebuilt, holes: verdict });
    else process.stdout.write(addressed(rebuiltText(rebuilt, verdict), values));
    return verdict.ok ? exitCodes.ok : exitCodes.failed;
}

/** For a person. Pure. */
export function rebuiltText(
    { pod, shards, seconds, resumed }: Rebuilt,
    verdict: Awaited<ReturnType<typeof holes.run>>,
): string {
    const begun = resumed ? ", begun before" : "";
    const first = `${pod}: ${shards} shards from its peers in ${seconds} s${begun}.`;
    const evidence = Array.isArray(verdict.evidence) ? verdict.evidence : [verdict.evidence];
    const next = verdict.ok ? [] : [`  next: m3perf rebuild ${pod} again; if it stays so, kubectl logs ${pod}`];
    return `${[first, ...evidence.map((line) => `  seen: ${line}`), ...next].join("\n")}\n`;
}
