import type { KubeConfig } from "@kubernetes/client-node";
import { CustomObjectsApi, setHeaderOptions } from "../../../support/kubernetes-client.ts";
import { limited, told } from "../../cluster-calls.ts";
import { orUndefined } from "../../kubernetes.ts";

const kind = { group: "operator.m3db.io", version: "v1alpha1", plural: "m3dbclusters" };

interface Live<Spec> extends Listed {
    spec: Spec;
    status?: { conditions?: { type: string; status: string }[] };
}

/** The M3DBCluster that is there; undefined: there is none, nor does its kind have to be there. */
export async function liveCluster<Spec extends object>(
    config: KubeConfig,
    namespace: string,
    name: string,
): Promise<Live<Spec> | undefined> {
    const api = new CustomObjectsApi(limited(config));
    const found = orUndefined<Live<Spec>>(api.getNamespacedCustomObject({ ...kind, namespace, name }));
    return await told(`M3DBCluster ${namespace}/${name}`, found);
}

/** Any change of the object is an event for the operator; this one changes nothing that it goes by. */
export async function wakeOperator(config: KubeConfig, namespace: string, name: string): Promise<void> {
    const api = new CustomObjectsApi(limited(config));
    const body = { metadata: { annotations: { "m3perf.io/woken-at": new Date().toISOString() } } };
    const mergePatch = setHeaderOptions("Content-Type", "application/merge-patch+json");
    await api.patchNamespacedCustomObject({ ...kind, namespace, name, body }, mergePatch);
}

export interface Listed {
    metadata: { namespace?: string; annotations?: Record<string, string> };
}

/** Every M3DBCluster of the Kubernetes cluster; none where its kind is not there. */
export async function allClusters(config: KubeConfig): Promise<Listed[]> {
    const api = new CustomObjectsApi(limited(config));
    const found = orUndefined<{ items: Listed[] }>(
        api.listCustomObjectForAllNamespaces({ ...kind, resourcePlural: kind.plural }),
    );
    return (await told("M3DBClusters", found))?.items ?? [];
}
