import { tooLate, usualBufferPast } from "../lateness.ts";
import type { SettingProblem } from "../problems.ts";
import type { Scenario } from "../scenario.ts";
import { namespaceSchema } from "../schema/m3db-namespace.ts";
import type { Site } from "../site.ts";
import { isolationGroups } from "../topology.ts";
import { secondsOf } from "../units.ts";

/** What the M3DB cluster's settings must be to each other and to the site. */
export function m3db(site: Site, scenario: Scenario): SettingProblem[] {
    return [
        ...instances(site, scenario),
        ...removed(scenario),
        ...shortened(scenario),
        ...reserved(scenario),
        ...tolerations(scenario),
        ...scenario.m3db.namespaces.flatMap((namespace, index) =>
            times(namespace, scenario.aggregator, `m3perf:m3db.namespaces[${index}]`),
        ),
    ];
}

/** Each instance has a node of its own. */
function instances(site: Site, { m3db: { instancesPerGroup } }: Scenario): SettingProblem[] {
    const [smallest] = isolationGroups(site).sort((a, b) => a.nodes.length - b.nodes.length);
    if (instancesPerGroup === undefined || !smallest || instancesPerGroup <= smallest.nodes.length) return [];
    const reason = `is more than the ${smallest.nodes.length} node(s) of isolation group ${smallest.name} (${smallest.nodes.join(", ")}): each instance has a node of its own`;
    return [{ path: "m3perf:m3db.instancesPerGroup", value: instancesPerGroup, reason }];
}

function removed({ m3db: { namespaces, removeNamespaces } }: Scenario): SettingProblem[] {
    return removeNamespaces.flatMap((name, index) => {
        const declared = namespaces.findIndex((namespace) => namespace.name === name);
        if (declared < 0) return [];
        const path = `m3perf:m3db.removeNamespaces[${index}]`;
        return [{ path, value: name, reason: `is declared in namespaces[${declared}]: take it out of one of the two` }];
    });
}

function shortened({ m3db: { namespaces, shortenRetention } }: Scenario): SettingProblem[] {
    return shortenRetention.flatMap((name, index) => {
        if (namespaces.some((namespace) => namespace.name === name)) return [];
        const path = `m3perf:m3db.shortenRetention[${index}]`;
        const names = namespaces.map((namespace) => namespace.name).join(", ");
        return [{ path, value: name, reason: `is not declared in namespaces: there are ${names}` }];
    });
}

/** Keys and names that the operator or this program sets, and goes by. */
function reserved({ m3db: { labels, annotations, env } }: Scenario): SettingProblem[] {
    const operators = (kind: "labels" | "annotations", keys: string[]) =>
        keys
            .filter((key) => key.startsWith("operator.m3db.io/"))
            .map((key) => ({
                path: `m3perf:m3db.${kind}`,
                value: key,
                reason: "is one of the operator's own, by which it finds its objects: use another prefix",
            }));
    const variables = ["NAMESPACE", "M3CLUSTER_ENVIRONMENT", "M3PERF_POD_DIGEST"]
        .filter((name) => name in env)
        .map((name) => ({
            path: `m3perf:m3db.env.${name}`,
            value: env[name],
            reason: "is set by the operator or this program, which go by it",
        }));
    return [
        ...operators("labels", Object.keys(labels)),
        ...operators("annotations", Object.keys(annotations)),
        ...variables,
    ];
}

/** As the API server has it; the operator would fail with its error at every sync. */
function tolerations({ m3db }: Scenario): SettingProblem[] {
    return m3db.tolerations.flatMap(({ key, operator = "Equal", value, effect, tolerationSeconds }, index) => {
        const path = `m3perf:m3db.tolerations[${index}]`;
        const problems: SettingProblem[] = [];
        if (key === undefined && operator === "Equal")
            problems.push({
                path: `${path}.key`,
                value: key,
                reason: "is missing: only with operator Exists it may be",
            });
        if (operator === "Exists" && value !== undefined)
            problems.push({ path: `${path}.value`, value, reason: "must not be given with operator Exists" });
        if (tolerationSeconds !== undefined && effect !== "NoExecute")
            problems.push({
                path: `${path}.tolerationSeconds`,
                value: tolerationSeconds,
                reason: "only means something with effect NoExecute",
            });
        return problems;
    });
}

type Namespace = Scenario["m3db"]["namespaces"][number];

/** M3 1.5.0, dbnode/retention/options.go and dbnode/namespace/options.go: what it refuses, the operator tries again for ever. */
function times(namespace: Namespace, aggregator: Scenario["aggregator"], at: string): SettingProblem[] {
    const { retention, resolution, blockSize, indexBlockSize, bufferPast, bufferFuture } = namespace;
    const seconds = (duration: string) => secondsOf(duration) ?? 0;
    const problems: SettingProblem[] = [];
    const usual = usualBufferPast(namespace, aggregator);
    const defaults: Record<string, unknown> = {
        ...namespaceSchema.parse({ name: "any", retention: "1h" }),
        bufferPast: usual,
    };
    // A resolution longer than a block has a rule of its own (blocks.ts).
    const tooLong = resolution !== undefined && seconds(resolution) > seconds(blockSize);
    for (const [key, value] of Object.entries({ bufferPast, bufferFuture })) {
        if (seconds(value) < seconds(blockSize) || (key === "bufferPast" && tooLong)) continue;
        if (value !== defaults[key])
            problems.push({ path: `${at}.${key}`, value, reason: `must be shorter than the blockSize, ${blockSize}` });
        else
            problems.push({
                path: `${at}.blockSize`,
                value: blockSize,
                reason: `must be longer than ${value}: a block stays open for samples that are that far from now (${key})`,
            });
    }
    if (indexBlockSize !== undefined) {
        const path = `${at}.indexBlockSize`;
        if (seconds(indexBlockSize) % seconds(blockSize) !== 0)
            problems.push({ path, value: indexBlockSize, reason: `must be a multiple of the blockSize, ${blockSize}` });
        if (seconds(indexBlockSize) > seconds(retention))
            problems.push({
                path,
                value: indexBlockSize,
                reason: `must not be longer than the retention, ${retention}`,
            });
    }
    if (namespace.samples === "mapped" && namespace.resolution === undefined)
        problems.push({
            path: `${at}.samples`,
            value: namespace.samples,
            reason: "is for aggregated namespaces: give it a resolution, or leave it away",
        });
    if (namespace.snapshots && !namespace.commitLog)
        problems.push({
            path: `${at}.snapshots`,
            value: true,
            reason: "must be false with commitLog: false: snapshots stand in for a part of the commit log",
        });
    return problems;
}

/** What is allowed, but worth knowing before it is built. */
export function m3dbWarnings({ aggregator, m3db }: Scenario): string[] {
    const { podIdentity, namespaces, update } = m3db;
    const warnings = tooLate({ aggregator, m3db });
    if (podIdentity.includes("PodUID"))
        warnings.push(
            "m3perf:m3db.podIdentity has PodUID: every database pod that is made again, as by a roll, is a new M3DB instance and streams all its shards from the others, which took 4 minutes for 500 series",
        );
    for (const { name, commitLog, coldWrites } of namespaces) {
        if (!coldWrites && commitLog)
            warnings.push(
                `m3perf:m3db.namespaces, ${name}: with coldWrites: false, restarted database pods have samples that queries do not find, of series that are not written any more, until their block is on disk`,
            );
        if (!commitLog)
            warnings.push(
                `m3perf:m3db.namespaces, ${name}: without a commit log a restarted database pod has lost what was not yet in a block on disk`,
            );
    }
    if (update === "manual")
        warnings.push(
            "m3perf:m3db.update is manual: a change of what database pods are made of reaches them only when their StatefulSets are annotated (m3perf verify says which)",
        );
    return warnings;
}
