import { isDerivative } from "../derivative.ts";
import { sortPods } from "../identity.ts";
import { annotations, labels } from "../names.ts";
import { groupStatefulSet } from "../objects/statefulset.ts";
import type { IsolationGroup, M3DBCluster, StatefulSet } from "../types.ts";
import type { Context } from "./context.ts";

/**
 * Whether a StatefulSet is at rest: all pods ready and, with a rolling update, all of the newest revision. Throws when
 * its status is older than its spec (the next event comes when the StatefulSet controller has caught up).
 */
export function isSettled(set: StatefulSet): boolean {
    const { generation = 0, name } = set.metadata;
    const { observedGeneration = 0, readyReplicas = 0, updatedReplicas = 0, updateRevision } = set.status ?? {};
    if (generation !== observedGeneration) {
        throw new Error(
            `set ${name} generation is not up to date (current: ${generation}, observed: ${observedGeneration})`,
        );
    }
    const { replicas } = set.spec;
    if (replicas === undefined) return true;
    const rolled = !updateRevision || set.spec.updateStrategy?.type !== "RollingUpdate" || updatedReplicas === replicas;
    return readyReplicas === replicas && rolled;
}

/** A StatefulSet is only ever updated when its owner says so by an annotation. Throws for a count that is none. */
function mayUpdate(set: StatefulSet): boolean {
    const { [annotations.update]: update, [annotations.parallelUpdate]: parallel } = set.metadata.annotations ?? {};
    if (update === "enabled") return true;
    if (parallel === undefined) return false;
    if (!/^\d+$/.test(parallel) || Number(parallel) < 1) throw new Error(`parallel update value invalid: ${parallel}`);
    return true;
}

/**
 * What an annotated StatefulSet becomes; undefined without the annotation. When nothing else is to change, the annotation
 * alone is taken away, so that its absence always tells that the operator has seen it. Replicas are left as they are:
 * they change step by step with the placement.
 */
function updatedSet(actual: StatefulSet, cluster: M3DBCluster, group: IsolationGroup): StatefulSet | undefined {
    if (!mayUpdate(actual)) return undefined;
    const wanted = groupStatefulSet(cluster, group);
    if (actual.spec.replicas !== undefined) wanted.spec.replicas = actual.spec.replicas;
    const {
        [annotations.update]: _,
        [annotations.parallelUpdate]: parallel,
        ...kept
    } = actual.metadata.annotations ?? {};
    const same =
        isDerivative(wanted.spec, actual.spec) &&
        JSON.stringify(sorted(wanted.metadata.labels)) === JSON.stringify(sorted(actual.metadata.labels));
    if (same) return { ...actual, metadata: { ...actual.metadata, annotations: kept } };
    const onDelete = wanted.spec.updateStrategy?.type === "OnDelete";
    const inProgress = parallel ?? (onDelete ? "1" : undefined);
    return {
        ...wanted,
        metadata: {
            ...actual.metadata,
            ...(wanted.metadata.labels && { labels: wanted.metadata.labels }),
            annotations: {
                ...wanted.metadata.annotations,
                ...kept,
                ...(inProgress !== undefined && { [annotations.parallelUpdateInProgress]: inProgress }),
            },
        },
    };
}

function sorted(record: Record<string, string> = {}): [string, string][] {
    return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Updates the first StatefulSet that may and should be; true when there was one, and the sync then ends. */
export async function updateOneSet(
    context: Context,
    cluster: M3DBCluster,
    groups: { group: IsolationGroup; set: StatefulSet }[],
): Promise<boolean> {
    for (const { group, set } of groups) {
        const updated = updatedSet(set, cluster, group);
        if (updated) {
            await context.kube.replace("statefulSets", cluster.metadata.namespace, updated);
            context.log.info("updated statefulset", { name: set.metadata.name, generation: set.metadata.generation });
            return true;
        }
        if (set.spec.updateStrategy?.type === "OnDelete" && (await restartOldPods(context, cluster, set))) return true;
    }
    return false;
}

/**
 * With the OnDelete strategy, the operator itself deletes the pods of older revisions, as many at a time as the annotation
 * says. The chart's RBAC does not let it delete pods (facts.md 4): then this fails, as the real operator does. The real
 * one also writes the StatefulSet's status at the end, which that RBAC forbids as well; the pods' own revisions tell the
 * same, so we do not.
 */
async function restartOldPods(context: Context, cluster: M3DBCluster, set: StatefulSet): Promise<boolean> {
    const limit = set.metadata.annotations?.[annotations.parallelUpdateInProgress];
    if (limit === undefined) return false;
    if (!/^\d+$/.test(limit)) throw new Error(`failed to parse parallel update annotation: ${limit}`);
    if (Number(limit) === 0) throw new Error("parallel update annotation set to 0. will not perform pod updates");
    const { namespace } = cluster.metadata;
    const revision = set.status?.updateRevision;
    if (!revision) throw new Error("updateRevision empty");
    const pods = await context.kube.list("pods", namespace, { [labels.statefulSet]: set.metadata.name });
    const old = sortPods(pods.filter((pod) => pod.metadata.labels?.["controller-revision-hash"] !== revision));
    const chosen = old.slice(0, Number(limit)).map((pod) => pod.metadata.name);
    for (const name of chosen) await context.kube.delete("pods", namespace, name);
    if (chosen.length > 0) context.log.info("restarting pods", { name: set.metadata.name, pods: chosen });
    return chosen.length > 0;
}

/** Takes the progress annotation away once there is nothing left to do. */
export async function clearProgress(context: Context, sets: Iterable<StatefulSet>): Promise<void> {
    for (const { metadata } of sets) {
        if (metadata.annotations?.[annotations.parallelUpdateInProgress] === undefined) continue;
        await context.kube.patch("statefulSets", metadata.namespace ?? "", metadata.name, {
            metadata: { annotations: { [annotations.parallelUpdateInProgress]: null } },
        });
        context.log.info("removed update annotation of statefulset", { name: metadata.name });
    }
}
