import { setTimeout as sleep } from "node:timers/promises";
import type { LoadPlan } from "../../../agent/load/types.ts";
import { UserError } from "../../../support/errors.ts";
import type { Progress } from "../../../support/progress.ts";
import type { HttpCall } from "../../access/http.ts";
import { callService } from "../../access/nodeport.ts";
import type { CheckContext } from "../../checks/check.ts";
import { holes } from "../../checks/holes.ts";
import { checks } from "../../checks/index.ts";
import { openContext, verify } from "../../checks/verify.ts";
import { addressedResults } from "../../cli/addressed.ts";
import type { Values } from "../../cli/verbs.ts";
import { type Isolation, type Probe, probeIsolation } from "../../isolation/probe.ts";
import { startLoad } from "../../load/child.ts";
import { allSenders, readDoor, tokensOf, writeDoor } from "../../load/door.ts";
import { startReads } from "../../load/reads-child.ts";
import { kubernetesEvents } from "../../logs/timeline.ts";
import { readBack } from "../../read-back/index.ts";
import { rebuildReplica } from "../../rebuild/rebuild.ts";
import { aboutRun } from "./about.ts";
import { askCollection } from "./collection.ts";
import { evictionsOf } from "./evictions.ts";
import { realHands } from "./hands.ts";
import { readPlan } from "./load-plan.ts";
import type { Parts } from "./parts.ts";
import type { Place } from "./place.ts";
import type { Standing } from "./stand-up.ts";
import { startWatch } from "./watching.ts";

/** Seconds. */
const rebuildLimit = 1800;

/** Asked through the gateway's NodePort, as the load goes. Throws UserError where there is none. */
async function isolationOf(context: CheckContext, call: HttpCall, plan: LoadPlan): Promise<Isolation> {
    const { gateway } = context.environment;
    if (!gateway) {
        const next = "set m3perf:identities, or take a stack that has them: multi-cluster";
        throw new UserError("this stack has no identities", { what: "there is nobody to be told apart", next });
    }
    const identities = await allSenders(context.environment, call);
    const request: Probe["call"] = (path, options) => callService(context, gateway, path, options);
    return probeIsolation({ identities, plan, call: request, now: context.now });
}

/** A run's parts on an environment that stands. */
export async function realParts(
    values: Values,
    { session, environment, connection }: Standing,
    { progress, place, signal }: { progress: Progress; place: Place; signal: AbortSignal },
): Promise<Parts> {
    const context = await openContext(environment);
    const door = await writeDoor(environment, connection.call);
    const hands = await realHands(values, session, connection, { progress, folder: place.folder });
    return {
        environment,
        context,
        hands,
        door,
        startLoad: (plan, folder) => startLoad(plan, folder, undefined, tokensOf(door)),
        async startReads(reads, load, folder) {
            const { urls, reader } = await readDoor(environment, connection.call);
            return startReads(readPlan(reads, load, urls), folder, undefined, reader?.token);
        },
        watch: (file) => startWatch(environment, { lab: session.lab, config: connection.config }, file),
        verify: async ({ wait, since, disturbed, title }) => {
            progress.say(`${title}:`);
            // Restarts that a scenario has caused are its figures, and no reason to wait until they are forgotten.
            const chosen = disturbed ? checks.filter(({ id }) => id !== "pods.restarts") : checks;
            return addressedResults(await verify(environment, chosen, { progress, wait, since, signal }), values);
        },
        readBack: (folder, note) => readBack(folder, context, { note, signal }),
        collection: (from, to) => askCollection(context, from, to),
        isolation: (plan) => isolationOf(context, connection.call, plan),
        rebuild: (pod, note) => rebuildReplica(pod, { context, cluster: hands.cluster, limit: rebuildLimit, note }),
        async holes() {
            const { evidence } = await holes.run(context);
            return Array.isArray(evidence) ? evidence : [evidence];
        },
        evictions: async (since) => evictionsOf(await kubernetesEvents(connection.call, environment), since),
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
