import type { Problem } from "../../../support/errors.ts";
import { type m3dbCluster, tagsAnnotation } from "../cluster-manifests.ts";
import { changedNamespaces, pruned } from "./guard-namespaces.ts";
import { sameQuantity } from "./spec-differences.ts";

type Made = Pick<ReturnType<typeof m3dbCluster>, "metadata" | "spec">;

/** What of an M3DBCluster the guard looks at. The live one may be of another making: nothing in it is sure. */
export interface Guarded {
    replicationFactor?: number;
    numberOfShards?: number;
    isolationGroups?: { name: string }[];
    labels?: Record<string, string>;
    podIdentityConfig?: { sources?: string[] };
    dataDirVolumeClaimTemplate?: {
        spec?: { storageClassName?: string; resources?: { requests?: { storage?: string } } };
    };
    namespaces?: { name: string; options?: object }[];
    /** Not of the spec: as tagsAnnotation has it. Absent: an m3perf made it that did not write it yet. */
    tags?: string | undefined;
}

/** Input of guard.ts. */
export interface GuardInput {
    namespace: string;
    cluster: string;
    /** As stackAnnotation has it. */
    stack: string;
    wanted: Guarded;
    allowed: Allowed;
}

/** What the settings say may be lost, and whether the pods follow by themselves. */
export interface Allowed {
    removeNamespaces: string[];
    shortenRetention: string[];
    update: "rolling" | "manual";
}

/** The part of a rendered M3DBCluster that the guard compares. */
export function guarded({ metadata, spec }: Made): Guarded {
    const { replicationFactor, numberOfShards, isolationGroups, podIdentityConfig, dataDirVolumeClaimTemplate } = spec;
    return {
        replicationFactor,
        numberOfShards,
        isolationGroups: isolationGroups.map(({ name }) => ({ name })),
        ...("labels" in spec ? { labels: spec.labels } : {}),
        podIdentityConfig,
        dataDirVolumeClaimTemplate,
        namespaces: spec.namespaces,
        tags: metadata.annotations[tagsAnnotation],
    };
}

/**
 * What a live cluster would lose, or not follow, if it were given another spec. Empty: nothing. What the operator does by itself
 * (more or fewer instances, new namespaces, other pods) is no concern of the guard.
 */
export function refusals(live: Guarded, { wanted, allowed }: GuardInput): Problem[] {
    return [...pruned(live, wanted, allowed), ...changedNamespaces(live, wanted, allowed), ...fixed(live, wanted)];
}

/** What is fixed when the cluster is created, with the reason and how to get there all the same. */
function fixed(live: Guarded, wanted: Guarded): Problem[] {
    const problems: Problem[] = [];
    const compare = (setting: string, was: string | undefined, now: string | undefined, why: string) => {
        if (was === now || was === undefined || sameQuantity(was, now)) return;
        const next = `put ${was || "nothing"} back; another value takes a new environment (pulumi destroy, which deletes the data, and up)`;
        problems.push({
            what: `${setting} = ${now || "nothing"}, but the cluster was made with ${was || "nothing"}`,
            why,
            next,
        });
    };
    const list = (names: (string | undefined)[] | undefined) => names?.join(", ");
    const labels = (map: Record<string, string> | undefined) =>
        list(
            Object.entries(map ?? {})
                .sort()
                .map(([key, value]) => `${key}=${value}`),
        );
    const claim = (spec: Guarded) => spec.dataDirVolumeClaimTemplate?.spec;
    compare(
        "m3perf:m3db.numberOfShards",
        live.numberOfShards?.toString(),
        wanted.numberOfShards?.toString(),
        "the number of shards is part of the placement, and decides in which shard a series is",
    );
    compare(
        "m3perf:m3db.replicationFactor",
        live.replicationFactor?.toString(),
        wanted.replicationFactor?.toString(),
        "the operator makes the placement once, with one replica for each group; it cannot change the number later",
    );
    compare(
        "the isolation groups of the site",
        list(live.isolationGroups?.map(({ name }) => name)),
        list(wanted.isolationGroups?.map(({ name }) => name)),
        "a group's StatefulSet and volumes go by its place in the list: another name or order would give a replica's data to another group",
    );
    compare(
        "m3perf:m3db.podIdentity",
        live.podIdentityConfig && `[${list(live.podIdentityConfig.sources ?? [])}]`,
        `[${list(wanted.podIdentityConfig?.sources ?? [])}]`,
        "every pod would be another M3DB instance, which streams all its shards from the others",
    );
    compare(
        "m3perf:coordinator.tags",
        live.tags,
        wanted.tags,
        "ids of series are made of them: what is written from then on would be other series than what is there, and neither is found with the other",
    );
    compare(
        "m3perf:m3db.labels",
        labels(live.labels),
        labels(wanted.labels),
        "labels are in the selectors of StatefulSets and Services, which Kubernetes does not change",
    );
    compare(
        "m3perf:m3db.storage",
        claim(live)?.resources?.requests?.storage,
        claim(wanted)?.resources?.requests?.storage,
        "Kubernetes does not change the volume claims of a StatefulSet",
    );
    compare(
        "m3perf:m3db.storageClass",
        claim(live)?.storageClassName,
        claim(wanted)?.storageClassName,
        "Kubernetes does not change the volume claims of a StatefulSet",
    );
    return problems;
}
