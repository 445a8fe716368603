import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../../../settings/index.ts";
import { messageOf, UserError } from "../../../support/errors.ts";
import { KubeConfig } from "../../../support/kubernetes-client.ts";
import { stackAnnotation, tagsAnnotation } from "../cluster-manifests.ts";
import { type Guarded, type GuardInput, refusals } from "./guard-rules.ts";
import { allClusters, type Listed, liveCluster } from "./live-cluster.ts";

/** Another stack's environment is in the cluster. */
export class AnotherStands extends UserError {}

/** Throws UserError when the live cluster may not be given its new spec; otherwise says why it may. */
export async function refuse(config: KubeConfig, input: GuardInput): Promise<string> {
    const { namespace, cluster } = input;
    const live = await liveCluster<Guarded>(config, namespace, cluster);
    const all = live ? [live] : await allClusters(config);
    const elsewhere = moveProblem(all, input) ?? besideProblem(all, input);
    if (elsewhere) throw elsewhere;
    if (!live) return `there is no M3DBCluster ${namespace}/${cluster} yet: nothing to lose`;
    const problems = refusals({ ...live.spec, tags: live.metadata.annotations?.[tagsAnnotation] }, input);
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

type Asked = Pick<GuardInput, "namespace" | "cluster" | "stack">;
const stackOf = ({ metadata }: Listed) => metadata.annotations?.[stackAnnotation];

/** Under another m3perf:namespace everything is made anew, and Pulumi deletes what this stack has in the one before. */
export function moveProblem(all: Listed[], { namespace, cluster, stack }: Asked): UserError | undefined {
    const home = all.find((one) => stackOf(one) === stack)?.metadata.namespace;
    if (home === undefined || home === namespace) return undefined;
    return new UserError(`M3DBCluster ${home}/${cluster} would be deleted with all its samples; nothing was changed`, {
        what: `m3perf:namespace = ${namespace}, but this stack's M3DBCluster is in ${home}`,
        why: "what is in a namespace cannot be moved to another one: Pulumi would make everything anew and delete the old",
        next: `put ${home} back; to give its samples up: pulumi destroy, then up`,
    });
}

/**
 * The operator's ClusterRole, its kind and more have names of their own in a Kubernetes cluster, so there is room for one environment. A
 * M3DBCluster without a stack's name is not ours to judge.
 */
export function besideProblem(all: Listed[], { cluster, stack }: Asked): AnotherStands | undefined {
    const other = all.find((one) => ![undefined, stack].includes(stackOf(one)));
    if (!other) return undefined;
    const [of, home] = [stackOf(other), other.metadata.namespace];
    return new AnotherStands("one environment at a time stands in a cluster; nothing was changed", {
        what: `M3DBCluster ${home}/${cluster} is of the stack ${of}, and this is ${stack}`,
        why: "the operator, its kind and its rights have the same names in every environment, and labels of nodes are one stack's",
        next: `take that one down, which deletes its samples (m3perf down --stack ${of?.split("/").at(-1)}), or use another cluster. Is it this stack under its former name: kubectl -n ${home} annotate --overwrite m3dbcluster ${cluster} ${stackAnnotation}=${stack}`,
    });
}

/**
 * The same when the program starts, so that preview and `up` refuse it before any resource. A cluster that does not answer is no reason
 * to stop: the command looks again before the M3DBCluster is changed. True: a preview goes on beside another stack's environment.
 */
export async function refuseAtOnce({ access }: Settings, input: GuardInput): Promise<boolean> {
    if (access.missing) return false;
    const config = new KubeConfig();
    try {
        config.loadFromString(access.kubeconfig);
        await refuse(config, input);
    } catch (error) {
        // What another stack would be like may be looked at while this one stands.
        if (error instanceof AnotherStands && pulumi.runtime.isDryRun()) {
            void pulumi.log.warn(messageOf(error));
            return true;
        }
        if (error instanceof UserError) throw new pulumi.RunError(messageOf(error));
        void pulumi.log.warn(`what the live M3DBCluster would lose could not be looked at: ${messageOf(error)}`);
    }
    return false;
}
