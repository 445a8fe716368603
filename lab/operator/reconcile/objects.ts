import { messageOf } from "../../../support/errors.ts";
import { KubeError } from "../kube/client.ts";
import { ownerKind, statefulSetName } from "../names.ts";
import { configMapName, defaultConfigMap } from "../objects/configmap.ts";
import { coordinatorService, nodeService } from "../objects/services.ts";
import { groupStatefulSet } from "../objects/statefulset.ts";
import type { IsolationGroup, KubeObject, M3DBCluster, StatefulSet } from "../types.ts";
import type { Context } from "./context.ts";

/** Only what this very cluster owns is ever changed. */
function isOwned(object: KubeObject, cluster: M3DBCluster): boolean {
    return (object.metadata.ownerReferences ?? []).some(
        ({ controller, kind, uid }) => controller && kind === ownerKind && uid === cluster.metadata.uid,
    );
}

/** The default ConfigMap, unless the spec names another; patched when its text is no longer right. */
export async function ensureConfigMap(context: Context, cluster: M3DBCluster): Promise<void> {
    const { kube, log } = context;
    const { namespace } = cluster.metadata;
    try {
        if (cluster.spec.configMapName !== undefined) {
            configMapName(cluster);
            return;
        }
        const wanted = defaultConfigMap(cluster);
        const { name } = wanted.metadata;
        const actual = await kube.get("configMaps", namespace, name);
        if (!actual) {
            await kube.create("configMaps", namespace, wanted);
            log.info("created configmap", { name, namespace });
        } else if (!isOwned(actual, cluster)) {
            throw new Error(`configmap ${name} exists and belongs to something else`);
        } else if (!sameData(wanted.data, actual.data)) {
            await kube.patch("configMaps", namespace, name, { data: wanted.data });
            log.info("updated configmap", { name, namespace });
        }
    } catch (error) {
        context.events.warning(cluster, "FailedToSync", `failed to ensure configmap: ${messageOf(error)}`);
        throw error;
    }
}

function sameData(wanted: Record<string, string> = {}, actual: Record<string, string> = {}): boolean {
    return Object.entries(wanted).every(([key, text]) => actual[key] === text);
}

/** Coordinator service, then the db nodes' (which must be there before their StatefulSets). Never changed later. */
export async function ensureServices(context: Context, cluster: M3DBCluster): Promise<void> {
    const { kube, log } = context;
    const { namespace } = cluster.metadata;
    for (const service of [coordinatorService(cluster), nodeService(cluster)]) {
        const { name } = service.metadata;
        try {
            if (await kube.get("services", namespace, name)) continue;
            await kube.create("services", namespace, service);
            log.info("created service", { name, namespace });
        } catch (error) {
            const message = `error creating service '${name}': ${messageOf(error)}`;
            context.events.warning(cluster, "FailedToCreate", message);
            throw new Error(message, { cause: error });
        }
    }
}

/** The StatefulSets of this cluster by name. */
export async function childStatefulSets(context: Context, cluster: M3DBCluster, labels: Record<string, string>) {
    const sets = await context.kube.list("statefulSets", cluster.metadata.namespace, labels);
    return new Map<string, StatefulSet>(
        sets.filter((set) => isOwned(set, cluster)).map((set) => [set.metadata.name, set]),
    );
}

/** Creates the first StatefulSet that is missing; one a sync, its event brings the next. True when it created one. */
export async function createMissingSet(
    context: Context,
    cluster: M3DBCluster,
    groups: IsolationGroup[],
    sets: Map<string, StatefulSet>,
): Promise<boolean> {
    const group = groups.find((candidate) => !sets.has(statefulSetName(cluster, candidate)));
    if (!group) return false;
    const set = groupStatefulSet(cluster, group);
    try {
        await context.kube.create("statefulSets", cluster.metadata.namespace, set);
        context.log.info("created statefulset", { name: set.metadata.name });
    } catch (error) {
        if (!(error instanceof KubeError) || error.reason !== "AlreadyExists") throw error;
        context.log.info("statefulset already exists", { name: set.metadata.name });
    }
    return true;
}
