import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../../settings/index.ts";
import { messageOf, UserError } from "../../support/errors.ts";
import { AppsV1Api, KubeConfig } from "../../support/kubernetes-client.ts";
import { limited, told } from "../cluster-calls.ts";
import { orUndefined } from "../kubernetes.ts";
import { etcdName } from "../m3/etcd-manifests.ts";

/**
 * etcd keeps m3perf:tls.etcd as it was made. Members of two kinds do not hear each other, so a roll from one kind to the other passes a
 * moment without a quorum, and the addresses that members know of each other are in their data.
 */
export function switchProblem(namespace: string, wanted: boolean, args: string[] | undefined): UserError | undefined {
    const listens = args?.find((word) => word.startsWith("--listen-client-urls="));
    if (listens === undefined) return undefined; // there is no etcd yet
    const has = listens.includes("=https://");
    if (has === wanted) return undefined;
    const kind = (tls: boolean) => (tls ? "TLS" : "plain text");
    return new UserError(`etcd cannot go from ${kind(has)} to ${kind(wanted)} while it runs; nothing was changed`, {
        what: `m3perf:tls.etcd = ${wanted}, but StatefulSet ${namespace}/${etcdName} was made with ${has}`,
        why: "members that speak TLS and members that do not make no quorum, and without one nothing of M3 that restarts comes up again",
        next: `put ${has} back; or make the environment anew with ${wanted}: pulumi destroy, which deletes its samples, and up`,
    });
}

/**
 * When the program starts, so that preview and `up` refuse it before any resource. A cluster that does not answer is no reason to stop;
 * the guard of the M3DBCluster tells of that, too.
 */
export async function refuseSwitch({ access, scenario: { namespace, tls } }: Settings): Promise<void> {
    if (access.missing) return;
    const config = new KubeConfig();
    let args: string[] | undefined;
    try {
        config.loadFromString(access.kubeconfig);
        const apps = new AppsV1Api(limited(config));
        const found = orUndefined(apps.readNamespacedStatefulSet({ namespace, name: etcdName }));
        const set = await told(`StatefulSet ${namespace}/${etcdName}`, found);
        args = set?.spec?.template.spec?.containers.find(({ name }) => name === etcdName)?.args;
    } catch (error) {
        if (tls.etcd) void pulumi.log.warn(`whether etcd speaks TLS could not be looked at: ${messageOf(error)}`);
        return;
    }
    const problem = switchProblem(namespace, tls.etcd, args);
    if (problem) throw new pulumi.RunError(messageOf(problem));
}
