import type { Problem } from "../../../support/errors.ts";
import { nanoseconds } from "../../../support/m3-namespace.ts";
import type { Allowed, Guarded } from "./guard-rules.ts";

/** Namespaces that would be deleted. */
export function pruned(live: Guarded, wanted: Guarded, { removeNamespaces: allowed }: Allowed): Problem[] {
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

/** The operator makes namespaces and deletes them; of those that are there we change the retention (retention.ts), and nothing else. */
export function changedNamespaces(live: Guarded, wanted: Guarded, allowed: Allowed): Problem[] {
    const before = new Map((live.namespaces ?? []).map(({ name, options }) => [name, leaves(options)]));
    return (wanted.namespaces ?? []).flatMap(({ name, options }) => {
        const was = before.get(name);
        if (!was) return [];
        const now = leaves(options);
        const changed = [...new Set([...was.keys(), ...now.keys()])].filter((path) => was.get(path) !== now.get(path));
        if (changed.length === 1 && changed[0] === retentionPath && !now.has(aggregatedPath))
            return changedRetention(name, was.get(retentionPath) ?? "", now.get(retentionPath) ?? "", allowed);
        const changes = changed.map(
            (path) => `${settingOf(path)} from ${was.get(path) ?? "none"} to ${now.get(path) ?? "none"}`,
        );
        if (changes.length === 0) return [];
        return [
            {
                what: `m3perf:m3db.namespaces, ${name}: changes ${changes.join(", ")}`,
                why: changed.every((path) => path === retentionPath)
                    ? "M3 finds an aggregated namespace by its resolution and retention: values on their way to it would be lost"
                    : "the operator does not change a namespace that is there: M3DB would go on with the old values",
                next: `put the old ${changes.length > 1 ? "values" : "value"} back, or declare a namespace of another name with the new, and once the old one's samples may go, take it away with m3perf:m3db.removeNamespaces: [${name}]`,
            },
        ];
    });
}

/** A longer one loses nothing. A shorter one deletes samples, which nobody gets unasked. */
function changedRetention(name: string, was: string, now: string, allowed: Allowed): Problem[] {
    const [before, after] = [was, now].map((period) => BigInt(nanoseconds(period, "RetentionPeriod")));
    if (before === undefined || after === undefined || before === after) return [];
    const what = `m3perf:m3db.namespaces, ${name}: changes retention from ${was} to ${now}`;
    if (after < before && !allowed.shortenRetention.includes(name))
        return [
            {
                what,
                why: `M3DB would delete every sample older than ${now}`,
                next: `put ${was} back, or, to lose them: m3perf:m3db.shortenRetention: [${name}]`,
            },
        ];
    if (allowed.update === "manual")
        return [
            {
                what,
                why: "database pods go by it from their next start on, and m3perf:m3db.update is manual",
                next: `put ${was} back, or set update: rolling`,
            },
        ];
    return [];
}

const retentionPath = "retentionOptions.retentionPeriod";
const aggregatedPath = "aggregationOptions.aggregations.0.aggregated";

/** Settings by the path of their field in the M3DBCluster. */
const settings: Record<string, string> = {
    [retentionPath]: "retention",
    "retentionOptions.blockSize": "blockSize",
    "retentionOptions.bufferPast": "bufferPast",
    "retentionOptions.bufferFuture": "bufferFuture",
    "indexOptions.blockSize": "indexBlockSize",
    "aggregationOptions.aggregations.0.attributes.resolution": "resolution",
    "aggregationOptions.aggregations.0.attributes.downsampleOptions.all": "samples: all",
    [aggregatedPath]: "whether it is aggregated",
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
