import { etcdFinalizer } from "../names.ts";
import type { M3DBCluster } from "../types.ts";
import type { Context } from "./context.ts";

/**
 * A cluster that is being deleted: clears its namespaces and its placement in etcd, through the coordinator, then lets it
 * go. When no coordinator answers this throws and the cluster stays, as with the real operator; `keepEtcdDataOnDelete`
 * frees it. StatefulSets, Services and the ConfigMap go by their owner references.
 */
export async function finalize(context: Context, cluster: M3DBCluster): Promise<void> {
    const { log } = context;
    const { name, namespace } = cluster.metadata;
    if (!cluster.metadata.finalizers?.includes(etcdFinalizer)) {
        log.info("no etcd finalizer on cluster, nothing to do", { cluster: name, namespace });
        return;
    }
    if (cluster.spec.keepEtcdDataOnDelete) {
        log.info("skipping etcd deletion due to keepEtcdDataOnDelete", { cluster: name, namespace });
    } else {
        const m3 = context.m3(cluster);
        for (const m3Namespace of (await m3.namespaces()).keys()) {
            await m3.deleteNamespace(m3Namespace);
            log.info("deleted namespace during cleanup", { cluster: name, m3Namespace });
        }
        if (await m3.placement()) {
            await m3.deletePlacement();
            log.info("deleted cluster placement", { cluster: name });
        }
    }
    await patchFinalizers(
        context,
        cluster,
        cluster.metadata.finalizers.filter((finalizer) => finalizer !== etcdFinalizer),
    );
    log.info("completed finalizer cleanup", { cluster: name, namespace });
}

/** Sees to it that the cluster cannot go before `finalize` has run. */
export async function ensureFinalizer(context: Context, cluster: M3DBCluster): Promise<M3DBCluster> {
    const present = cluster.metadata.finalizers ?? [];
    if (present.includes(etcdFinalizer)) return cluster;
    context.log.info("adding etcd finalizer to cluster", { cluster: cluster.metadata.name });
    return await patchFinalizers(context, cluster, [...present, etcdFinalizer]);
}

/**
 * Differs from the real operator, which replaces the whole M3DBCluster: that drops false and empty values from its spec
 * (`repairEnabled: false`), adds `hostNetwork: false` and takes over the fields of whoever applied it. A patch of the
 * finalizers alone leaves Pulumi's fields as they are. The resourceVersion keeps another's finalizer from being lost.
 */
function patchFinalizers(context: Context, cluster: M3DBCluster, finalizers: string[]): Promise<M3DBCluster> {
    const { name, namespace, resourceVersion } = cluster.metadata;
    return context.kube.patch("clusters", namespace, name, { metadata: { finalizers, resourceVersion } });
}
