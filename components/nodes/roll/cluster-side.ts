import type { KubeConfig, V1Node, V1Pod } from "@kubernetes/client-node";
import { AppsV1Api, CoordinationV1Api, CoreV1Api, setHeaderOptions } from "../../../support/kubernetes-client.ts";
import { limited, rawCall, reasonOf, told } from "../../cluster-calls.ts";
import { orUndefined, statusOf } from "../../kubernetes.ts";
import { askM3 } from "./ask-m3.ts";
import { nodePod } from "./pods.ts";
import { recordOf, type TurnRecord, turnAnnotation } from "./record.ts";
import type { ClusterSide, NodeState } from "./sides.ts";
import type { TurnCluster } from "./turn-input.ts";

/** The node in a real cluster. Errors are one line; each call ends within `callLimit` seconds. */
export function clusterSide(config: KubeConfig, name: string, cluster: TurnCluster): ClusterSide {
    const configuration = limited(config);
    const core = new CoreV1Api(configuration);
    const apps = new AppsV1Api(configuration);
    const leases = new CoordinationV1Api(configuration);
    const mergePatch = setHeaderOptions("Content-Type", "application/merge-patch+json");
    const patch = async (body: object) => {
        await told(`node ${name} could not be changed`, core.patchNode({ name, body }, mergePatch));
    };
    const annotated = (record: TurnRecord | null) => ({
        metadata: { annotations: { [turnAnnotation]: record && JSON.stringify(record) } },
    });
    return {
        async node() {
            const node = await told(`node ${name}`, orUndefined(core.readNode({ name })));
            if (!node) return undefined;
            const lease = leases.readNamespacedLease({ namespace: "kube-node-lease", name });
            return nodeState(node, (await told(`the lease of ${name}`, orUndefined(lease)))?.spec?.renewTime);
        },
        async othersInTurn() {
            const { items } = await told("the nodes", core.listNode());
            return items.flatMap(({ metadata }) => {
                const record = recordOf(metadata?.annotations?.[turnAnnotation]);
                return record && metadata?.name !== name ? [`${metadata?.name} (${record.reason})`] : [];
            });
        },
        cordon: (record) => patch({ ...annotated(record), spec: { unschedulable: true } }),
        remember: (record) => patch(annotated(record)),
        uncordon: () => patch({ spec: { unschedulable: null } }),
        forget: () => patch(annotated(null)),
        async pods() {
            const fieldSelector = `spec.nodeName=${name}`;
            const { items } = await told(`the pods of ${name}`, core.listPodForAllNamespaces({ fieldSelector }));
            return items.map(nodePod);
        },
        async evict({ namespace, name, uid }) {
            const deleteOptions = { preconditions: { uid } }; // never the pod that took its place
            const body = { metadata: { namespace, name }, deleteOptions };
            try {
                await core.createNamespacedPodEviction({ namespace, name, body });
                return "asked";
            } catch (error) {
                const status = statusOf(error);
                if (status === 404 || status === 409) return "gone";
                // 429: a PodDisruptionBudget; 500: more than one selects it, which the API server does not sort out.
                if (status === 429 || status === 500) return { blocked: reasonOf(error) };
                throw new Error(`the eviction of ${namespace}/${name}: ${reasonOf(error)}`);
            }
        },
        async controller(path) {
            const [namespace = "", kind, name = ""] = path.split("/");
            const found = await told(
                path,
                orUndefined<{ spec?: { replicas?: number }; status?: { readyReplicas?: number } }>(
                    kind === "StatefulSet"
                        ? apps.readNamespacedStatefulSet({ namespace, name })
                        : apps.readNamespacedReplicaSet({ namespace, name }),
                ),
            );
            return found && { ready: found.status?.readyReplicas ?? 0, wanted: found.spec?.replicas ?? 1 };
        },
        m3() {
            const pods = async (): Promise<V1Pod[]> => {
                const { namespace } = cluster;
                return (await told(`the pods of ${namespace}`, core.listNamespacedPod({ namespace }))).items;
            };
            return askM3(rawCall(config), cluster, pods);
        },
    };
}

export function nodeState({ metadata, spec, status }: V1Node, renewed: Date | undefined): NodeState {
    return {
        unschedulable: spec?.unschedulable === true,
        ready: status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false,
        boot: status?.nodeInfo?.bootID ?? "",
        renewed: renewed && new Date(renewed),
        record: recordOf(metadata?.annotations?.[turnAnnotation]),
    };
}
