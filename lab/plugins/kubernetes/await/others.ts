/** Pod, Job, PersistentVolumeClaim, Service, Namespace, CustomResourceDefinition. */
import {
    at,
    isObject,
    type JsonObject,
    type KubeObject,
    listAt,
    nameOf,
    namespaceOf,
    numberAt,
    textAt,
} from "../cluster/objects.ts";
import { because, conditionOf } from "./conditions.ts";
import { explainPods, isPodReady, podsOf, podTrouble, warningsAbout } from "./pods.ts";
import { type AwaitContext, type Awaiter, failed, ready, waiting } from "./types.ts";

const minutes = (count: number) => count * 60;

export const pod: Awaiter = {
    timeout: minutes(10),
    assess(live) {
        const phase = textAt(live, "status", "phase");
        if (phase === "Succeeded" || isPodReady(live)) return ready;
        if (phase === "Failed") return failed(`the pod ${podTrouble(live)}`);
        return waiting(`the pod ${podTrouble(live)}`);
    },
    explain: (live, context) => explainPods([live], context),
};

export const job: Awaiter = {
    timeout: minutes(10),
    assess(live) {
        if (conditionOf(live, "Complete")?.status === "True" || at(live, "spec", "suspend") === true) return ready;
        const failure = conditionOf(live, "Failed");
        if (failure?.status === "True") return failed(`the job failed: ${because(failure)}`);
        const wanted = at(live, "spec", "completions") ?? 1;
        const [active, failures] = [numberAt(live, "status", "active"), numberAt(live, "status", "failed")];
        const tries = failures > 0 ? `, ${failures} failed` : "";
        return waiting(`${numberAt(live, "status", "succeeded")} of ${wanted} completed, ${active} running${tries}`);
    },
    async explain(live, context) {
        const pods = await podsOf(at(live, "spec", "selector"), namespaceOf(live), context);
        const lines = await explainPods(pods, context);
        return lines.length > 0
            ? lines
            : (await warningsAbout(live, context)).slice(0, 3).map((event) => `event ${event}`);
    },
    mayVanish: (live) => at(live, "spec", "ttlSecondsAfterFinished") !== undefined,
};

export const persistentVolumeClaim: Awaiter = {
    timeout: minutes(5),
    async assess(live, context) {
        const phase = textAt(live, "status", "phase");
        if (phase === "Bound") return ready;
        if (phase === "Lost") return failed(`its volume ${textAt(live, "spec", "volumeName")} is lost`);
        // Such a claim is bound when its first pod comes: waiting here would be for ever.
        if (await waitsForPod(live, context)) return ready;
        return waiting(`the claim is ${phase || "Pending"}, not Bound`);
    },
    async explain(live, context) {
        return (await warningsAbout(live, context)).slice(0, 2).map((event) => `event ${event}`);
    },
};

async function waitsForPod(claim: KubeObject, { connection, signal }: AwaitContext): Promise<boolean> {
    const named = at(claim, "spec", "storageClassName");
    if (named === "") return false;
    const classes = await connection.list("storage.k8s.io/v1", "StorageClass", "", {}, signal);
    const isDefault = (item: JsonObject) =>
        textAt(item, "metadata", "annotations", "storageclass.kubernetes.io/is-default-class") === "true";
    const found = classes.find((item) => (named === undefined ? isDefault(item) : nameOf(item) === named));
    return textAt(found, "volumeBindingMode") === "WaitForFirstConsumer";
}

export const service: Awaiter = {
    timeout: minutes(10),
    async assess(live, context) {
        const type = textAt(live, "spec", "type");
        if (type === "ExternalName") return ready;
        if (type === "LoadBalancer" && listAt(live, "status", "loadBalancer", "ingress").length === 0) {
            return waiting("the load balancer has no address yet");
        }
        const selector = at(live, "spec", "selector");
        const selects = isObject(selector) && Object.keys(selector).length > 0;
        if (!selects || textAt(live, "spec", "clusterIP") === "None") return ready;
        const labelSelector = `kubernetes.io/service-name=${nameOf(live)}`;
        const slices = await context.connection.list(
            "discovery.k8s.io/v1",
            "EndpointSlice",
            namespaceOf(live),
            { labelSelector },
            context.signal,
        );
        const endpoints = slices.flatMap((slice) => listAt(slice, "endpoints"));
        if (endpoints.some((endpoint) => at(endpoint, "conditions", "ready") !== false)) return ready;
        return waiting(`none of its ${endpoints.length} endpoints is ready`);
    },
    async explain(live, context) {
        const selector = at(live, "spec", "selector");
        if (!isObject(selector)) return [];
        const pods = await podsOf({ matchLabels: selector }, namespaceOf(live), context);
        const labels = Object.entries(selector).map(([key, value]) => `${key}=${value}`);
        return pods.length > 0 ? explainPods(pods, context) : [`no pod has the labels ${labels.join(", ")}`];
    },
};

export const namespace: Awaiter = {
    timeout: minutes(5),
    assess(live) {
        const phase = textAt(live, "status", "phase");
        return phase === "Active" ? ready : waiting(`the namespace is ${phase || "not there yet"}`);
    },
};

/** The official provider does not wait for it; its own custom resources in the same run then need retries. */
export const customResourceDefinition: Awaiter = {
    timeout: minutes(1),
    assess(live) {
        const refused = conditionOf(live, "NamesAccepted");
        if (refused?.status === "False") return failed(`its names are not accepted: ${because(refused)}`);
        return conditionOf(live, "Established")?.status === "True" ? ready : waiting("it is not established yet");
    },
};
