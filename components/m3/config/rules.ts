import type { M3Namespace, Scenario } from "../../../settings/index.ts";

type Rules = Scenario["aggregator"]["rules"];

/**
 * `downsample.rules` of the coordinators: the user's own, and those that bring matching samples to namespaces with `match`. Absent when
 * there are none: with it, M3 no longer looks for rules in etcd (downsample/options.go, newAggregator).
 */
export function downsampleRules(namespaces: M3Namespace[], { mapping, rollup }: Rules) {
    const mappingRules = [...namespaces.flatMap(matchRules), ...mapping.map(mappingRule)];
    if (mappingRules.length === 0 && rollup.length === 0) return {};
    return {
        rules: {
            mappingRules,
            rollupRules: rollup.map(({ name, tags, ...rule }) => ({ ...rule, ...named(name), ...tagged(tags) })),
        },
    };
}

/**
 * One rule for each filter; the aggregator makes one value of a sample that several match (aggregator/entry.go compares keys). Last, as
 * M3 has it for samples that no rule maps. A drop rule beside it keeps the sample out of the unaggregated namespace and out of
 * those that take every sample, and leaves the mapping as it is (downsample/metrics_appender.go).
 */
function matchRules({ name, match = [], exclusive, resolution, retention }: M3Namespace) {
    return match.flatMap((filter) => [
        {
            name: `namespace ${name}: ${filter}`,
            filter,
            aggregations: ["Last"],
            storagePolicies: [{ resolution, retention }],
        },
        ...(exclusive ? [{ name: `only namespace ${name}: ${filter}`, filter, drop: true }] : []),
    ]);
}

function mappingRule({ name, filter, aggregations, storagePolicies, drop, tags }: Rules["mapping"][number]) {
    return {
        ...named(name),
        filter,
        ...(storagePolicies.length > 0
            ? { aggregations: aggregations.length > 0 ? aggregations : ["Last"], storagePolicies }
            : {}),
        ...(drop ? { drop } : {}),
        ...tagged(tags),
    };
}

const named = (name: string | undefined) => (name === undefined ? {} : { name });
const tagged = (tags: { name: string; value: string }[]) => (tags.length > 0 ? { tags } : {});
