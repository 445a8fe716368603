import { messageOf } from "../../../support/errors.ts";
import { namespaceChanges, namespaceRequest } from "../namespaces.ts";
import type { M3DBCluster } from "../types.ts";
import type { Context } from "./context.ts";

/**
 * Prunes, then creates, then makes ready. With an external coordinator it stops before the last step (such a coordinator
 * has no connection to the db nodes): its namespaces stay UNKNOWN until somebody else calls `/namespace/ready`, hang 3 of
 * facts.md 4.
 */
export async function reconcileNamespaces(context: Context, cluster: M3DBCluster): Promise<void> {
    try {
        await changeNamespaces(context, cluster);
    } catch (error) {
        context.log.error("error reconciling namespaces", { error: messageOf(error) });
        context.events.warning(cluster, "FailedToCreate", `failed to create namespace: ${messageOf(error)}`);
        throw error;
    }
    if ((cluster.spec.namespaces ?? []).length === 0) {
        context.log.warn("cluster has no namespaces defined", { cluster: cluster.metadata.name });
        context.events.warning(cluster, "Unknown", `cluster ${cluster.metadata.name} has no namespaces`);
    }
}

async function changeNamespaces(context: Context, cluster: M3DBCluster): Promise<void> {
    const { events, log } = context;
    const m3 = context.m3(cluster);
    const { prune, create, ready } = namespaceChanges(await m3.namespaces(), cluster.spec.namespaces ?? []);
    for (const name of prune) {
        if ((await m3.deleteNamespace(name)) === "not found") {
            log.info("namespace has already been deleted", { namespace: name });
        } else {
            log.info("deleted namespace", { namespace: name });
            events.normal(cluster, "Deleting", `deleted namespace ${name}`);
        }
    }
    for (const namespace of create) {
        try {
            await m3.addNamespace(namespaceRequest(namespace));
        } catch (error) {
            throw new Error(`error creating namespace '${namespace.name}': ${messageOf(error)}`, { cause: error });
        }
        log.info("created namespace", { namespace: namespace.name });
        events.normal(cluster, "Creating", `created namespace ${namespace.name}`);
    }
    if (cluster.spec.externalCoordinator) {
        log.debug("using an external coordinator. will not attempt to ready namespaces");
        return;
    }
    for (const name of ready) {
        try {
            if ((await m3.readyNamespace(name)) === "not supported") {
                log.info("coordinator does not support the ready endpoint yet", { namespace: name });
                return;
            }
        } catch (error) {
            throw new Error(`error readying namespace '${name}': ${messageOf(error)}`, { cause: error });
        }
        log.info("namespace is ready", { namespace: name });
    }
}
