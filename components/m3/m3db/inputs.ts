import { nanoseconds } from "../../../support/m3-namespace.ts";
import { type ClusterPlan, m3dbCluster, m3dbSet, podDigestVariable } from "../cluster-manifests.ts";
import { etcdHealth, etcdName } from "../etcd-manifests.ts";
import { type Allowed, type GuardInput, guarded } from "./guard-rules.ts";
import type { RollInput } from "./roll-sides.ts";

/** What the commands around the M3DBCluster are given; previews show it. */

/** Only these of the settings. */
export const allowedOf = ({ removeNamespaces, shortenRetention, update }: Allowed): Allowed => ({
    removeNamespaces,
    shortenRetention,
    update,
});

export function clusterGuard(plan: ClusterPlan, allowed: Allowed): GuardInput {
    const { namespace, cluster } = plan.identity;
    return { namespace, cluster, stack: plan.stack, wanted: guarded(m3dbCluster(plan)), allowed };
}

/** Seconds for each replica. A start reads commit log and index, which takes minutes where there is much of them. */
const limits = { safe: 1800, back: 1800 };

export function clusterRoll(plan: ClusterPlan, etcdMembers: number): RollInput {
    const { namespace, cluster } = plan.identity;
    const digest = m3dbCluster(plan).spec.envVars.find(({ name }) => name === podDigestVariable)?.value ?? "";
    return {
        namespace,
        cluster,
        digest,
        sets: plan.isolationGroups.map((_, index) => m3dbSet(plan.identity, index)),
        etcd: { statefulSet: etcdName, members: etcdMembers, ...etcdHealth(plan.identity.etcdTls === true) },
        replicationFactor: plan.replicationFactor,
        retentions: Object.fromEntries(
            plan.namespaces.map(({ name, retention }) => [
                name,
                { nanoseconds: nanoseconds(retention, "RetentionPeriod"), duration: retention },
            ]),
        ),
        limits,
    };
}
