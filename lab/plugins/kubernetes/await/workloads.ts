/** Deployment, StatefulSet, DaemonSet: ready when the newest spec runs everywhere it is to run (as kubectl rollout status). */
import { at, type JsonObject, type KubeObject, namespaceOf, numberAt, textAt } from "../cluster/objects.ts";
import { because, conditionOf, isObserved } from "./conditions.ts";
import { explainPods, podsOf, warningsAbout } from "./pods.ts";
import { type AwaitContext, type Awaiter, failed, ready, type Verdict, waiting } from "./types.ts";

const unseen = waiting("the controller has not seen the change yet");
const minutes = (count: number) => count * 60;

/** The pods of the newest revision where they can be told, else all: the old ones may be broken on purpose. */
async function explainWorkload(live: KubeObject, context: AwaitContext): Promise<string[]> {
    const pods = await podsOf(at(live, "spec", "selector"), namespaceOf(live), context);
    const lines = await explainPods(pods, context);
    if (lines.length > 0) return lines;
    const own = await warningsAbout(live, context);
    return own.slice(0, 3).map((event) => `event ${event}`);
}

export const deployment: Awaiter = {
    timeout: minutes(10),
    assess(live) {
        if (at(live, "spec", "paused") === true) return ready;
        if (!isObserved(live)) return unseen;
        const progressing = conditionOf(live, "Progressing");
        if (progressing?.reason === "ProgressDeadlineExceeded") return failed(because(progressing));
        const failure = conditionOf(live, "ReplicaFailure");
        const wanted = replicasOf(live);
        const [updated, all, available] = counts(live, "updatedReplicas", "replicas", "availableReplicas");
        const why = failure?.status === "True" ? ` (${because(failure)})` : "";
        if (updated < wanted) return waiting(`${updated} of ${wanted} pods have the newest template${why}`);
        if (all > updated) return waiting(`${all - updated} pods of the old template are still there`);
        if (available < updated) return waiting(`${available} of ${updated} pods available${why}`);
        return ready;
    },
    async explain(live, context) {
        const lines = await explainWorkload(live, context);
        const failure = conditionOf(live, "ReplicaFailure");
        return failure?.status === "True" ? [because(failure), ...lines] : lines;
    },
};

export const statefulSet: Awaiter = {
    timeout: minutes(10),
    assess(live) {
        if (!isObserved(live)) return unseen;
        const wanted = replicasOf(live);
        const [all, readyNow, updated] = counts(live, "replicas", "readyReplicas", "updatedReplicas");
        if (all !== wanted) return waiting(`${all} of ${wanted} pods exist, ${readyNow} ready`);
        if (readyNow < wanted) return waiting(`${readyNow} of ${wanted} pods ready`);
        if (textAt(live, "spec", "updateStrategy", "type") === "OnDelete") return ready;
        const toUpdate = Math.max(wanted - numberAt(live, "spec", "updateStrategy", "rollingUpdate", "partition"), 0);
        const current = textAt(live, "status", "currentRevision") === textAt(live, "status", "updateRevision");
        if (!current && updated < toUpdate) return waiting(`${updated} of ${toUpdate} pods have the newest template`);
        return ready;
    },
    explain: explainWorkload,
};

export const daemonSet: Awaiter = {
    timeout: minutes(10),
    assess(live): Verdict {
        if (!isObserved(live)) return unseen;
        const [wanted, updated, available] = counts(
            live,
            "desiredNumberScheduled",
            "updatedNumberScheduled",
            "numberAvailable",
        );
        const onDelete = textAt(live, "spec", "updateStrategy", "type") === "OnDelete";
        if (!onDelete && updated < wanted) return waiting(`${updated} of ${wanted} nodes have the newest template`);
        if (available < wanted) return waiting(`available on ${available} of ${wanted} nodes`);
        return ready;
    },
    explain: explainWorkload,
};

/** Absent means one. */
function replicasOf(live: JsonObject): number {
    const replicas = at(live, "spec", "replicas");
    return typeof replicas === "number" ? replicas : 1;
}

function counts<K extends string[]>(live: JsonObject, ...keys: K): { [I in keyof K]: number } {
    return keys.map((key) => numberAt(live, "status", key)) as { [I in keyof K]: number };
}
