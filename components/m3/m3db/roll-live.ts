import type { KubeConfig, V1Pod, V1PodSpec, V1StatefulSet } from "@kubernetes/client-node";
import { shorten } from "../../../support/http.ts";
import { AppsV1Api, CoreV1Api, setHeaderOptions } from "../../../support/kubernetes-client.ts";
import { limited, rawCall, told } from "../../cluster-calls.ts";
import { orUndefined } from "../../kubernetes.ts";
import { askM3 } from "../../nodes/roll/ask-m3.ts";
import { configLabel } from "../cluster-manifests.ts";
import { liveCluster, wakeOperator } from "./live-cluster.ts";
import { retentionSide } from "./retention-live.ts";
import type { ClusterSide, PodState, RollInput, SetState } from "./roll-sides.ts";
import type { ContainerLike, PodSource } from "./spec-differences.ts";

const updateAnnotation = "operator.m3db.io/update";
const setLabel = "operator.m3db.io/stateful-set";

/** The M3DBCluster in a real cluster. */
export function clusterSide(config: KubeConfig, input: RollInput): ClusterSide {
    const { namespace, cluster, etcd, replicationFactor } = input;
    const configuration = limited(config);
    const core = new CoreV1Api(configuration);
    const apps = new AppsV1Api(configuration);
    const mergePatch = setHeaderOptions("Content-Type", "application/merge-patch+json");
    const listed = async (labelSelector: string): Promise<V1Pod[]> =>
        (await told(`the pods of ${namespace}`, core.listNamespacedPod({ namespace, labelSelector }))).items;
    /** Names of the ConfigMaps that database pods have, or would have when they are made again. */
    const mounted = async () => {
        const sets = await Promise.all(
            input.sets.map((name) => told(name, orUndefined(apps.readNamespacedStatefulSet({ namespace, name })))),
        );
        const pods = await Promise.all(input.sets.map((set) => listed(`${setLabel}=${set}`)));
        const volumes = [
            ...sets.flatMap((set) => set?.spec?.template.spec?.volumes ?? []),
            ...pods.flat().flatMap((pod) => pod.spec?.volumes ?? []),
        ];
        return new Set(volumes.map(({ configMap }) => configMap?.name));
    };
    return {
        async spec() {
            return (await liveCluster<PodSource & { configMapName?: string }>(config, namespace, cluster))?.spec;
        },
        async set(name) {
            const found = orUndefined(apps.readNamespacedStatefulSet({ namespace, name }));
            const set = await told(`StatefulSet ${name}`, found);
            return set && setState(name, set);
        },
        pods: async (set) => (await listed(`${setLabel}=${set}`)).map((pod) => podState(set, pod)),
        m3() {
            const pods = async () =>
                (await told(`the pods of ${namespace}`, core.listNamespacedPod({ namespace }))).items;
            return askM3(rawCall(config), { namespace, name: cluster, etcd, replicationFactor }, pods);
        },
        ...retentionSide(config, input, async () =>
            (await Promise.all(input.sets.map((set) => listed(`${setLabel}=${set}`)))).flat(),
        ),
        async placed() {
            const { status } = (await liveCluster(config, namespace, cluster)) ?? {};
            return (status?.conditions ?? []).some(
                (one) => one.type === "PlacementInitialized" && one.status === "True",
            );
        },
        async restart({ name, uid }) {
            const body = { preconditions: { uid } };
            await told(name, orUndefined(core.deleteNamespacedPod({ namespace, name, body })));
        },
        async wake() {
            await told(`M3DBCluster ${cluster} could not be annotated`, wakeOperator(config, namespace, cluster));
        },
        async allowUpdate(name) {
            const body = { metadata: { annotations: { [updateAnnotation]: "enabled" } } };
            const patched = apps.patchNamespacedStatefulSet({ namespace, name, body }, mergePatch);
            await told(`StatefulSet ${name} could not be annotated`, patched);
        },
        async orphan({ name, uid }) {
            const body = { preconditions: { uid }, propagationPolicy: "Orphan" };
            const deleted = orUndefined(apps.deleteNamespacedStatefulSet({ namespace, name, body }));
            await told(`StatefulSet ${name} could not be deleted`, deleted);
        },
        async lastWords(name) {
            return lastWords((previous) => core.readNamespacedPodLog({ namespace, name, previous, tailLines: 3 }));
        },
        async tidy(keep) {
            const labelSelector = `${configLabel}=${cluster}`;
            const { items } = await told("ConfigMaps", core.listNamespacedConfigMap({ namespace, labelSelector }));
            // A replica that was right as it was may have an older one of the same content.
            const used = await mounted();
            const old = items
                .map(({ metadata }) => metadata?.name ?? "")
                .filter((name) => name !== keep && !used.has(name));
            for (const name of old) await told(name, orUndefined(core.deleteNamespacedConfigMap({ namespace, name })));
            return old;
        },
    };
}

/**
 * What the last run of a container said. Which run that is changes under the reader, and a kubelet that has removed a run's log
 * says so in place of the log, as a good answer.
 */
export async function lastWords(read: (previous: boolean) => Promise<string>): Promise<string> {
    for (const previous of [true, false]) {
        const text = (await read(previous).catch(() => "")).trim();
        if (text !== "" && !text.startsWith("unable to retrieve container logs")) return shorten(text, 600);
    }
    return "";
}

/** The database's container has its StatefulSet's name; sidecars come beside it. */
function container(set: string, spec: V1PodSpec | undefined): ContainerLike {
    return spec?.containers.find(({ name }) => name === set) ?? {};
}

export function setState(name: string, { metadata, spec, status }: V1StatefulSet): SetState {
    const replicas = spec?.replicas ?? 1;
    const known = metadata?.generation === status?.observedGeneration;
    const newest = (status?.updatedReplicas ?? 0) === replicas || status?.currentRevision === status?.updateRevision;
    return {
        name,
        uid: metadata?.uid ?? "",
        container: container(name, spec?.template.spec),
        allowed: metadata?.annotations?.[updateAnnotation] !== undefined,
        replicas,
        ready: status?.readyReplicas ?? 0,
        updated: known && newest,
    };
}

export function podState(set: string, { metadata, spec, status }: V1Pod): PodState {
    const seen = status?.containerStatuses?.find(({ name }) => name === set);
    return {
        name: metadata?.name ?? "",
        uid: metadata?.uid ?? "",
        container: container(set, spec),
        leaving: metadata?.deletionTimestamp !== undefined,
        trouble: troubleOf(status, seen),
        restarts: seen?.restartCount ?? 0,
    };
}

/** Reasons that are part of any start. */
const onItsWay = ["ContainerCreating", "PodInitializing"];

function troubleOf(
    status: V1Pod["status"],
    seen: NonNullable<NonNullable<V1Pod["status"]>["containerStatuses"]>[number] | undefined,
): string | undefined {
    const unscheduled = status?.conditions?.find(({ type, status }) => type === "PodScheduled" && status === "False");
    if (unscheduled) return words(unscheduled.reason, unscheduled.message);
    const waiting = seen?.state?.waiting;
    const ended = seen?.lastState?.terminated ?? seen?.state?.terminated;
    const end = ended ? `ended with ${ended.exitCode}${ended.reason ? ` (${ended.reason})` : ""}` : undefined;
    if (waiting && !onItsWay.includes(waiting.reason ?? "")) return words(waiting.reason, end ?? waiting.message);
    // Between two runs of a container that ends again and again it is running, too.
    return !seen?.ready && (seen?.restartCount ?? 0) >= 1 ? end : undefined;
}

const words = (reason = "unknown", message = "") => shorten(message === "" ? reason : `${reason}: ${message}`, 300);
