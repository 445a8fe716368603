import { messageOf } from "../../../support/errors.ts";
import { baseLabels, statefulSetName } from "../names.ts";
import type { IsolationGroup, M3DBCluster, StatefulSet } from "../types.ts";
import type { Context } from "./context.ts";
import { ensureFinalizer, finalize } from "./deletion.ts";
import { reconcileNamespaces } from "./namespaces.ts";
import { childStatefulSets, createMissingSet, ensureConfigMap, ensureServices } from "./objects.ts";
import {
    ensurePlacement,
    reconcileBootstrapping,
    replaceChangedPod,
    resizeGroup,
    settledPlacement,
} from "./placement.ts";
import { clearProgress, isSettled, updateOneSet } from "./update.ts";

/**
 * One sync of an M3DBCluster, in 0.14's order (facts.md 4): finalizer → ConfigMap → Services → StatefulSets → wait until all
 * are ready → placement → namespaces → replacements and sizes → conditions. It takes a step and returns; the next event
 * brings the next step. What it throws is logged and not tried again before another event or the resync.
 */
export async function reconcileCluster(context: Context, cluster: M3DBCluster): Promise<void> {
    const { log } = context;
    const { name, namespace } = cluster.metadata;
    if (cluster.spec.frozen) {
        log.info("cluster is frozen so no changes will be made", { cluster: name, namespace });
        return;
    }
    if (cluster.metadata.deletionTimestamp) return await finalize(context, cluster);

    const groups = validGroups(context, cluster);
    const held = cluster.spec.keepEtcdDataOnDelete ? cluster : await ensureFinalizer(context, cluster);
    await ensureConfigMap(context, held);
    await ensureServices(context, held);
    if (groups.length === 0) return;

    const sets = await childStatefulSets(context, held, baseLabels(held));
    if (await createMissingSet(context, held, groups, sets)) return;
    if (!allSettled(context, sets)) return;
    const pairs = groups.flatMap((group) => {
        const set = sets.get(statefulSetName(held, group));
        return set ? [{ group, set }] : [];
    });
    if (await updateOneSet(context, held, pairs)) return;

    const placed = await ensurePlacement(context, held);
    await reconcileNamespaces(context, placed);
    await reconcileInstances(context, placed, pairs);
}

/** Replication factor and groups must agree, or nothing at all is done. */
function validGroups(context: Context, cluster: M3DBCluster): IsolationGroup[] {
    const groups = cluster.spec.isolationGroups ?? [];
    const factor = cluster.spec.replicationFactor ?? 0;
    const names = new Set(groups.map(({ name }) => name));
    try {
        if (factor !== groups.length) {
            throw new Error(
                `replication factor is ${factor} but number of isogroups is ${groups.length}: ` +
                    "number of isolationgroups does not match replication factor",
            );
        }
        if (names.size !== groups.length) {
            throw new Error(
                `found ${groups.length} isolationGroups but ${names.size} unique names: isolationgroup names are not unique`,
            );
        }
    } catch (error) {
        context.log.error("failed validating isolationgroups", { error: messageOf(error) });
        context.events.warning(cluster, "FailedToSync", messageOf(error));
        throw error;
    }
    return [...groups].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function allSettled(context: Context, sets: Map<string, StatefulSet>): boolean {
    // All generations are looked at before any readiness.
    const waiting = [...sets.values()].filter((set) => !isSettled(set));
    const [first] = waiting;
    if (!first) return true;
    context.log.info("waiting for statefulset to be ready", {
        name: first.metadata.name,
        replicas: first.spec.replicas,
        readyReplicas: first.status?.readyReplicas ?? 0,
        updatedReplicas: first.status?.updatedReplicas ?? 0,
    });
    return false;
}

/** Instances follow the pods: replaced, added, removed, each only while all others are available. */
async function reconcileInstances(
    context: Context,
    cluster: M3DBCluster,
    pairs: { group: IsolationGroup; set: StatefulSet }[],
): Promise<void> {
    const pods = await context.kube.list("pods", cluster.metadata.namespace, baseLabels(cluster));
    const placement = await settledPlacement(context, cluster);
    if (!placement) return;
    context.log.info("found placement", { currentPods: pods.length, placementInsts: placement.length });
    const replaced = await replaceChangedPod(context, cluster, pods, placement);
    for (const { group, set } of pairs) {
        const onDelete = set.spec.updateStrategy?.type === "OnDelete";
        if (onDelete && set.metadata.annotations?.["operator.m3db.io/parallel-update-in-progress"] === undefined) {
            context.log.debug("skipping resize, no progress annotation", { name: set.metadata.name });
            continue;
        }
        if (await resizeGroup(context, replaced, group, set, placement)) return;
    }
    await reconcileBootstrapping(context, replaced);
    await clearProgress(
        context,
        pairs.map(({ set }) => set),
    );
    context.log.info("nothing to do", { cluster: cluster.metadata.name, generation: cluster.metadata.generation });
}
