import type { Problem } from "../../../support/errors.ts";
import type { m3dbCluster } from "../cluster-manifests.ts";
import { sameQuantity } from "./spec-differences.ts";

type Spec = ReturnType<typeof m3dbCluster>["spec"];

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
}

/** Input of guard.ts. */
export interface GuardInput {
    namespace: string;
    cluster: string;
    wanted: Guarded;
    removeNamespaces: string[];
}

/** The part of a rendered spec that the guard compares. */
export function guarded(spec: Spec): Guarded {
    const { replicationFactor, numberOfShards, isolationGroups, podIdentityConfig, dataDirVolumeClaimTemplate } = spec;
    return {
        replicationFactor,
        numberOfShards,
        isolationGroups: isolationGroups.map(({ name }) => ({ name })),
        ...("labels" in spec ? { labels: spec.labels } : {}),
        podIdentityConfig,
        dataDirVolumeClaimTemplate,
        namespaces: spec.namespaces,
    };
}

/**
 * What a live cluster would lose, or not follow, if it were given another spec. Empty: nothing. What the operator does by itself
 * (more or fewer instances, new namespaces, other pods) is no concern of the guard.
 */
export function refusals(live: Guarded, { wanted, removeNamespaces }: GuardInput): Problem[] {
    return [...pruned(live, wanted, removeNamespaces), ...changedNamespaces(live, wanted), ...fixed(live, wanted)];
}

function pruned(live: Guarded, wanted: Guarded, allowed: string[]): Problem[] {
    const kept = new Set((wanted.namespaces ?? []).map(({ name }) => name));
    const lost = (live.namespaces ?? []).filter(({ name }) => !kept.has(name) && !allowed.includes(name));
    if (lost.length === 0) return [];
    const names = lost.map(({ name }) => name);
    const held = lost.map(({ name, options }) => `${name} (${summary(options)})`).join(", ");
    return [
        {
            what: `m3perf:m3db.namespaces does not have ${names.join(", ")}, which the cluster has`,
            why: `the operator would delete ${held} with all samples in ${names.length > 1 ? "them" : "it"}`,
            next: `add ${names.length > 1 ? "them" : "it"} to m3perf:m3db.namespaces again, or, to lose ${names.length > 1 ? "them" : "it"}: m3perf:m3db.removeNamespaces: [${names.join(", ")}]`,
        },
    ];
}

/** The operator makes namespaces and deletes them; those that are there keep the options that they were made with. */
function changedNamespaces(live: Guarded, wanted: Guarded): Problem[] {
    const before = new Map((live.namespaces ?? []).map(({ name, options }) => [name, leaves(options)]));
    return (wanted.namespaces ?? []).flatMap(({ name, options }) => {
        const was = before.get(name);
        if (!was) return [];
        const now = leaves(options);
        const changes = [...new Set([...was.keys(), ...now.keys()])]
            .filter((path) => was.get(path) !== now.get(path))
            .map((path) => `${settingOf(path)} from ${was.get(path) ?? "none"} to ${now.get(path) ?? "none"}`);
        if (changes.length === 0) return [];
        return [
            {
                what: `m3perf:m3db.namespaces, ${name}: changes ${changes.join(", ")}`,
                why: "the operator does not change a namespace that is there: M3DB would go on with the old values",
                next: `put the old ${changes.length > 1 ? "values" : "value"} back, or declare a namespace of another name with the new, and once the old one's samples may go, take it away with m3perf:m3db.removeNamespaces: [${name}]`,
            },
        ];
    });
}

/** Settings by the path of their field in the M3DBCluster. */
const settings: Record<string, string> = {
    "retentionOptions.retentionPeriod": "retention",
    "retentionOptions.blockSize": "blockSize",
    "retentionOptions.bufferPast": "bufferPast",
    "retentionOptions.bufferFuture": "bufferFuture",
    "indexOptions.blockSize": "indexBlockSize",
    "aggregationOptions.aggregations.0.attributes.resolution": "resolution",
    "aggregationOptions.aggregations.0.attributes.downsampleOptions.all": "samples: all",
    "aggregationOptions.aggregations.0.aggregated": "whether it is aggregated",
    repairEnabled: "repair",
    coldWritesEnabled: "coldWrites",
    snapshotEnabled: "snapshots",
    writesToCommitLog: "commitLog",
};
const settingOf = (path: string) => settings[path] ?? path;

/** Values by path. false is what Go leaves away. */
function leaves(value: unknown, path = ""): Map<string, string> {
    if (typeof value !== "object" || value === null) {
        return new Map(value === undefined || value === false ? [] : [[path, String(value)]]);
    }
    return new Map(
        Object.entries(value).flatMap(([key, inner]) => [...leaves(inner, path === "" ? key : `${path}.${key}`)]),
    );
}

function summary(options: object | undefined): string {
    const all = leaves(options);
    const retention = all.get("retentionOptions.retentionPeriod") ?? "?";
    const resolution = all.get("aggregationOptions.aggregations.0.attributes.resolution");
    return `${retention} ${resolution ? `at ${resolution}` : "unaggregated"}`;
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
