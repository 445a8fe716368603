import { labels } from "../names.ts";
import type { IsolationGroup, JsonObject } from "../types.ts";

/** All of a group's node terms must hold; with usePodAntiAffinity, one db node per topology domain. */
export function groupAffinity(group: IsolationGroup): JsonObject | undefined {
    const terms = group.nodeAffinityTerms ?? [];
    if (terms.length === 0 && !group.usePodAntiAffinity) return undefined;
    return {
        ...(terms.length > 0 && { nodeAffinity: nodeAffinity(terms) }),
        ...(group.usePodAntiAffinity && { podAntiAffinity: podAntiAffinity(group) }),
    };
}

function nodeAffinity(terms: { key: string; values: string[] }[]): JsonObject {
    for (const { key, values } of terms) {
        if (key === "") throw new Error("node affinity term key cannot be empty");
        if (values.length === 0) throw new Error("node affinity term values cannot be empty");
    }
    const matchExpressions = terms.map(({ key, values }) => ({ key, operator: "In", values }));
    return { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] } };
}

function podAntiAffinity(group: IsolationGroup): JsonObject {
    if (!group.podAffinityToplogyKey) throw new Error("pod affinity toplogy key cannot be empty");
    return {
        requiredDuringSchedulingIgnoredDuringExecution: [
            {
                labelSelector: {
                    matchExpressions: [{ key: labels.component, operator: "In", values: ["m3dbnode"] }],
                },
                topologyKey: group.podAffinityToplogyKey,
            },
        ],
    };
}
