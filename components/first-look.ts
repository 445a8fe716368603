import * as pulumi from "@pulumi/pulumi";
import { isolationGroups, type Settings } from "../settings/index.ts";
import { messageOf } from "../support/errors.ts";
import { etcdProblem } from "./m3/etcd-fixed.ts";
import { etcdEndpoints } from "./m3/etcd-manifests.ts";
import { m3Identity } from "./m3/identity.ts";
import { refuseAtOnce } from "./m3/m3db/guarding.ts";
import { allowedOf, clusterGuard } from "./m3/m3db/inputs.ts";

/** M3's own names and its databases, as the settings of the stack that runs declare them. */
export function declaredM3db(settings: Settings) {
    const { site, scenario, memory } = settings;
    const { namespace, etcd, tls, m3db, images } = scenario;
    const endpoints = etcdEndpoints({ namespace, members: etcd.members, tls: tls.etcd });
    return {
        ...m3db,
        identity: m3Identity(namespace, endpoints, tls.etcd),
        stack: `${pulumi.getProject()}/${pulumi.getStack()}`,
        image: images.m3dbnode,
        isolationGroups: isolationGroups(site),
        memoryMi: memory.m3db,
        storageClass: m3db.storageClass ?? site.storageClass,
        tags: scenario.coordinator.tags,
        etcdMembers: etcd.members,
    };
}

/**
 * Looks at the live cluster for what an update would lose: data, or etcd's quorum. Rejects with pulumi.RunError. Apart from the rest of the
 * program, so that the cluster answers while that is loaded (bench/README.md).
 */
export async function lookFirst(settings: Settings): Promise<void> {
    const m3db = declaredM3db(settings);
    const [another, problem] = await Promise.all([
        refuseAtOnce(settings, clusterGuard(m3db, allowedOf(m3db))),
        etcdProblem(settings),
    ]);
    // In a preview beside another stack's environment that etcd is not this one's.
    if (problem && !another) throw new pulumi.RunError(messageOf(problem));
}
