import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../../../settings/index.ts";
import { messageOf, UserError } from "../../../support/errors.ts";
import { KubeConfig } from "../../../support/kubernetes-client.ts";
import { stackAnnotation } from "../cluster-manifests.ts";
import { type Guarded, type GuardInput, refusals } from "./guard-rules.ts";
import { allClusters, liveCluster } from "./live-cluster.ts";

/** Throws UserError when the live cluster may not be given its new spec; otherwise says why it may. */
export async function refuse(config: KubeConfig, input: GuardInput): Promise<string> {
    const { namespace, cluster } = input;
    const live = await liveCluster<Guarded>(config, namespace, cluster);
    if (!live) await refuseToMove(config, input);
    if (!live) return `there is no M3DBCluster ${namespace}/${cluster} yet: nothing to lose`;
    const problems = refusals(live.spec, input);
    if (problems.length > 0)
        throw new UserError(
            `M3DBCluster ${namespace}/${cluster} cannot be changed like that; nothing was changed`,
            problems,
        );
    const kept = (live.spec.namespaces ?? [])
        .map(({ name }) => name)
        .filter((name) => !input.allowed.removeNamespaces.includes(name));
    return `M3DBCluster ${namespace}/${cluster}: nothing is lost but what may be; kept: ${kept.join(", ") || "none"}`;
}

/** Under another m3perf:namespace everything is made anew, and Pulumi deletes what this stack has in the one before. */
async function refuseToMove(config: KubeConfig, { namespace, cluster, stack }: GuardInput): Promise<void> {
    const all = await allClusters(config);
    const own = all.find(({ metadata }) => metadata.annotations?.[stackAnnotation] === stack);
    const home = own?.metadata.namespace;
    if (home === undefined || home === namespace) return;
    throw new UserError(`M3DBCluster ${home}/${cluster} would be deleted with all its samples; nothing was changed`, {
        what: `m3perf:namespace = ${namespace}, but this stack's M3DBCluster is in ${home}`,
        why: "what is in a namespace cannot be moved to another one: Pulumi would make everything anew and delete the old",
        next: `put ${home} back; to give its samples up: pulumi destroy, then up. For an environment beside it: a stack of its own`,
    });
}

/**
 * The same when the program starts, so that preview and `up` refuse it before any resource. A cluster that does not answer is no reason
 * to stop: the command looks again before the M3DBCluster is changed.
 */
export async function refuseAtOnce({ access }: Settings, input: GuardInput): Promise<void> {
    if (access.missing) return;
    const config = new KubeConfig();
    try {
        config.loadFromString(access.kubeconfig);
        await refuse(config, input);
    } catch (error) {
        if (error instanceof UserError) throw new pulumi.RunError(messageOf(error));
        void pulumi.log.warn(`what the live M3DBCluster would lose could not be looked at: ${messageOf(error)}`);
    }
}
