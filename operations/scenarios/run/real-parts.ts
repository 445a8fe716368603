import { setTimeout as sleep } from "node:timers/promises";
import type { Progress } from "../../../support/progress.ts";
import { checks } from "../../checks/index.ts";
import { openContext, verify } from "../../checks/verify.ts";
import type { Values } from "../../cli/verbs.ts";
import { loadTargets, startLoad } from "../../load/child.ts";
import { queryTargets, startReads } from "../../load/reads-child.ts";
import { readBack } from "../../read-back/index.ts";
import { aboutRun } from "./about.ts";
import { askCollection } from "./collection.ts";
import { realHands } from "./hands.ts";
import { readPlan } from "./load-plan.ts";
import type { Parts } from "./parts.ts";
import type { Place } from "./place.ts";
import type { Standing } from "./stand-up.ts";
import { startWatch } from "./watching.ts";

/** A run's parts on an environment that stands. */
export async function realParts(
    values: Values,
    { session, environment, connection }: Standing,
    { progress, place, signal }: { progress: Progress; place: Place; signal: AbortSignal },
): Promise<Parts> {
    const context = await openContext(environment);
    return {
        environment,
        context,
        hands: await realHands(values, session, connection, { progress, folder: place.folder }),
        urls: loadTargets(environment),
        startLoad,
        startReads: (reads, load, folder) => startReads(readPlan(reads, load, queryTargets(environment)), folder),
        watch: (file) => startWatch(environment, { lab: session.lab, config: connection.config }, file),
        verify: ({ wait, since, disturbed, title }) => {
            progress.say(`${title}:`);
            // Restarts that a scenario has caused are its figures, and no reason to wait until they are forgotten.
            const chosen = disturbed ? checks.filter(({ id }) => id !== "pods.restarts") : checks;
            return verify(environment, chosen, { progress, wait, since, signal });
        },
        readBack: (folder, note) => readBack(folder, context, { note, signal }),
        collection: (from, to) => askCollection(context, from, to),
        async report(folder) {
            const { writeReport } = await import("../../report/index.ts");
            await writeReport(folder);
        },
        about: () => aboutRun(values, environment, connection.call),
        now: Date.now,
        async wait(milliseconds, signal) {
            await sleep(milliseconds, undefined, { signal }).catch(() => {});
            signal.throwIfAborted();
        },
    };
}
