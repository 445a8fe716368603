import { messageOf } from "../../../support/errors.ts";
import { condition, setPlacementInitialized, setPodsBootstrapping } from "../conditions.ts";
import { type InstanceRequest, placementInstance, sortPods } from "../identity.ts";
import type { Instance } from "../m3admin.ts";
import { labels, nodeLabels } from "../names.ts";
import type { IsolationGroup, M3DBCluster, Pod, StatefulSet } from "../types.ts";
import { type Context, identityOf } from "./context.ts";

/** One placement of all the cluster's pods, once; afterwards only the condition is looked at. */
export async function ensurePlacement(context: Context, cluster: M3DBCluster): Promise<M3DBCluster> {
    if (condition(cluster, "PlacementInitialized")?.status === "True") return cluster;
    const m3 = context.m3(cluster);
    if (!(await m3.placement())) {
        const pods = await context.kube.list("pods", cluster.metadata.namespace, nodeLabels(cluster));
        const instances: InstanceRequest[] = [];
        for (const pod of [...pods].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))) {
            instances.push(placementInstance(cluster, pod, await identityOf(context, cluster, pod)));
        }
        await m3.initPlacement({
            num_shards: cluster.spec.numberOfShards ?? 0,
            replication_factor: cluster.spec.replicationFactor ?? 0,
            instances,
        });
        context.log.info("initialized placement", { cluster: cluster.metadata.name, instances: instances.length });
    }
    const updated = await setPlacementInitialized(context.kube, cluster, context.now());
    context.log.info("updated cluster placement status", { cluster: cluster.metadata.name });
    return updated;
}

/** The placement, when every instance is available; otherwise tells so and returns undefined. */
export async function settledPlacement(context: Context, cluster: M3DBCluster): Promise<Instance[] | undefined> {
    const placement = await context.m3(cluster).placement();
    if (!placement) throw new Error("error fetching active placement: status not found");
    const waiting = placement.filter(({ available }) => !available).map(({ id }) => id);
    if (waiting.length === 0) return placement;
    context.log.warn("waiting for instances to be available", { instances: waiting });
    context.events.warning(cluster, "TimeLongerThanUsual", `current unavailable instances: ${waiting.length}`);
    return undefined;
}

/** A pod whose identity is no longer that of its instance (re-created, by default) takes the instance's place. */
export async function replaceChangedPod(
    context: Context,
    cluster: M3DBCluster,
    pods: Pod[],
    placement: Instance[],
): Promise<M3DBCluster> {
    for (const pod of sortPods(pods)) {
        const id = await identityOf(context, cluster, pod);
        const { name } = pod.metadata;
        const leaving = placement.find((other) => other.hostname.split(".")[0] === name && !sameIdentity(other.id, id));
        if (!leaving) continue;
        context.log.info("replacing pod in placement", { pod: leaving.id });
        try {
            const candidate = placementInstance(cluster, pod, id);
            const reason = `replacing ${name} pod in placement`;
            const now = context.now();
            const updated = await setPodsBootstrapping(context.kube, cluster, "True", "PodReplaced", reason, now);
            await context.m3(cluster).replaceInstance(leaving.id, candidate);
            context.events.normal(cluster, "SuccessfulUpdate", `successfully replaced instance: ${leaving.id}`);
            return updated;
        } catch (error) {
            context.events.warning(cluster, "FailedToUpdate", `could not replace instance: ${leaving.id}`);
            throw error;
        }
    }
    return cluster;
}

function sameIdentity(a: string, b: string): boolean {
    const canonical = (text: string) => JSON.stringify(Object.entries(JSON.parse(text) as object).sort());
    return canonical(a) === canonical(b);
}

/**
 * One step towards the wanted number of instances of one group; true when a step was taken, and the sync then ends. Growing:
 * the set first, pod by pod, then the placement, instance by instance; shrinking: the placement first, from the highest
 * ordinal down. Each step waits until all are available again.
 */
export async function resizeGroup(
    context: Context,
    cluster: M3DBCluster,
    group: IsolationGroup,
    set: StatefulSet,
    placement: Instance[],
): Promise<boolean> {
    const { name, namespace = "" } = set.metadata;
    const current = set.spec.replicas;
    if (current === undefined) throw new Error(`set ${name} has unset spec replica`);
    const desired = group.numInstances;
    const inPlacement = placement.filter(({ isolationGroup }) => isolationGroup === group.name).length;
    if (desired === current && inPlacement === current) return false;
    const sizes = { statefulSet: name, inPlacement, current, desired };

    if (desired === current && inPlacement < current) {
        context.log.info("expanding placement for set", sizes);
        await expand(context, cluster, group, set, placement);
        return true;
    }
    if (inPlacement > desired) {
        context.log.info("shrinking placement for set", sizes);
        await shrink(context, cluster, set, placement);
        return true;
    }
    if (current > desired && cluster.spec.preventScaleDown) {
        throw new Error(`cannot shrink statefulset ${namespace}/${name}, preventScaleDown is true`);
    }
    const replicas = current < desired ? current + 1 : current - 1;
    context.log.info("resizing set, desired != current", { ...sizes, newSize: replicas });
    await context.kube.patch("statefulSets", namespace, name, { spec: { replicas } });
    return true;
}

async function groupPods(context: Context, set: StatefulSet): Promise<Pod[]> {
    const pods = await context.kube.list("pods", set.metadata.namespace ?? "", {
        [labels.statefulSet]: set.metadata.name,
        ...set.metadata.labels,
    });
    return sortPods(pods);
}

async function expand(
    context: Context,
    cluster: M3DBCluster,
    group: IsolationGroup,
    set: StatefulSet,
    placement: Instance[],
): Promise<void> {
    if ((set.status?.readyReplicas ?? 0) < group.numInstances) {
        throw new Error(`cannot expand set '${set.metadata.name}', not yet ready`);
    }
    for (const pod of await groupPods(context, set)) {
        const id = await identityOf(context, cluster, pod);
        if (placement.some((instance) => instance.id === id)) continue;
        const instance = placementInstance(cluster, pod, id);
        const message = `adding pods to placement (${pod.metadata.name})`;
        await setPodsBootstrapping(context.kube, cluster, "True", "PodAdded", message, context.now());
        await context.m3(cluster).addInstance(instance);
        context.log.info("added pod to placement", { pod: pod.metadata.name });
        return;
    }
    throw new Error("could not find pod absent from placement");
}

async function shrink(context: Context, cluster: M3DBCluster, set: StatefulSet, placement: Instance[]): Promise<void> {
    if (cluster.spec.preventScaleDown) {
        const { namespace, name } = cluster.metadata;
        throw new Error(`cannot remove nodes from ${namespace}/${name}, preventScaleDown is true`);
    }
    const pods = await groupPods(context, set);
    if (pods.length === 0) throw new Error("cannot find removal candidate in empty list");
    for (const pod of pods.reverse()) {
        const id = await identityOf(context, cluster, pod);
        if (!placement.some((instance) => instance.id === id)) continue;
        await context.m3(cluster).removeInstance(id);
        context.log.info("removed pod from placement", { pod: pod.metadata.name });
        return;
    }
    context.log.info("nothing to remove from placement", { set: set.metadata.name });
}

/** Says that no bootstrap goes on, when that is so. */
export async function reconcileBootstrapping(context: Context, cluster: M3DBCluster): Promise<M3DBCluster> {
    let placement: Instance[] | undefined;
    try {
        placement = await context.m3(cluster).placement();
    } catch (error) {
        throw new Error(`error fetching placement: ${messageOf(error)}`, { cause: error });
    }
    if (!placement?.every(({ available }) => available)) return cluster;
    const message = "no bootstraps in progress";
    return await setPodsBootstrapping(context.kube, cluster, "False", "BootstrapComplete", message, context.now());
}
