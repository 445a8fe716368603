import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../../settings/index.ts";
import { messageOf, type Problem, UserError } from "../../support/errors.ts";
import { AppsV1Api, KubeConfig } from "../../support/kubernetes-client.ts";
import { limited, told } from "../cluster-calls.ts";
import { orUndefined } from "../kubernetes.ts";
import { switchProblem } from "../tls/switching.ts";
import { etcdName } from "./etcd-manifests.ts";
import { sameQuantity } from "./m3db/spec-differences.ts";

/** What the settings ask of etcd that is as it was made. */
export interface EtcdMade {
    namespace: string;
    members: number;
    storage: string;
    storageClass: string;
}

/** The part of a live StatefulSet that tells how etcd was made. */
export interface LiveEtcd {
    spec?: {
        template: { spec?: { containers: { name: string; args?: string[] }[] } };
        volumeClaimTemplates?: {
            spec?: { storageClassName?: string; resources?: { requests?: Record<string, string> } };
        }[];
    };
}

/** Its own arguments; undefined: there is no etcd yet, or one of another making. */
const argsOf = (live: LiveEtcd | undefined) =>
    live?.spec?.template.spec?.containers.find(({ name }) => name === etcdName)?.args;

/** Of how many members it was made. Not `replicas`: a fault, or somebody, may have scaled it down for a while. */
function membersOf(live: LiveEtcd | undefined): number | undefined {
    const flag = "--initial-cluster=";
    const cluster = argsOf(live)?.find((word) => word.startsWith(flag));
    return cluster?.slice(flag.length).split(",").length;
}

/**
 * Why a live etcd cannot become what the settings ask for; undefined: it is that, or there is none. Members come up with the list of all
 * of them and "new": three where one was are a majority without it, and an empty etcd; one where three were has no quorum.
 */
export function fixedProblem(wanted: EtcdMade, live: LiveEtcd | undefined): UserError | undefined {
    const problems: Problem[] = [];
    const compare = (setting: string, was: string | undefined, now: string, why: string) => {
        if (was === undefined || sameQuantity(was, now)) return;
        const what = `${setting} = ${now}, but StatefulSet ${wanted.namespace}/${etcdName} was made with ${was}`;
        const next = `put ${was} back; another value takes a new environment: pulumi destroy, which deletes its samples, and up`;
        problems.push({ what, why, next });
    };
    compare(
        "m3perf:etcd.members",
        membersOf(live)?.toString(),
        String(wanted.members),
        "each member knows the others from when it was made: with another number, what M3 keeps in etcd is lost, or has no quorum",
    );
    const claim = live?.spec?.volumeClaimTemplates?.[0]?.spec;
    const claims =
        "Kubernetes does not change the volume claims of a StatefulSet: Pulumi would delete it, and every member would be away at once";
    compare("m3perf:etcd.storage", claim?.resources?.requests?.storage, wanted.storage, claims);
    compare("the site's storageClass", claim?.storageClassName, wanted.storageClass, claims);
    if (problems.length === 0) return undefined;
    return new UserError("etcd cannot be changed like that; nothing was changed", problems);
}

/**
 * Why the etcd that stands cannot become what the settings ask for; undefined: it can, or there is none. A cluster that does not answer is no
 * reason to stop.
 */
export async function etcdProblem({
    access,
    site,
    scenario: { namespace, etcd, tls },
}: Settings): Promise<UserError | undefined> {
    if (access.missing) return undefined;
    const config = new KubeConfig();
    let live: LiveEtcd | undefined;
    try {
        config.loadFromString(access.kubeconfig);
        const apps = new AppsV1Api(limited(config));
        const found = orUndefined(apps.readNamespacedStatefulSet({ namespace, name: etcdName }));
        live = await told(`StatefulSet ${namespace}/${etcdName}`, found);
    } catch (error) {
        void pulumi.log.warn(`whether etcd is as it was made could not be looked at: ${messageOf(error)}`);
        return undefined;
    }
    return (
        switchProblem(namespace, tls.etcd, argsOf(live)) ??
        fixedProblem({ namespace, ...etcd, storageClass: site.storageClass }, live)
    );
}
