/** What labels an object needs so that a Prometheus custom resource selects it. Pure. */

/** A label selector of Kubernetes. */
export interface Selector {
    matchLabels?: Record<string, string>;
    matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

export interface Selected {
    labels: Record<string, string>;
    /** Why no labels would do, in a person's words. */
    problem?: string;
}

/** `field`: "ruleSelector". The operator takes an absent selector for "nothing", an empty one for "everything". */
export function labelsFor(field: string, selector: Selector | null | undefined): Selected {
    if (!selector) return { labels: {}, problem: `its ${field} is not set: it takes none` };
    const labels = { ...selector.matchLabels };
    for (const { key, operator, values = [] } of selector.matchExpressions ?? []) {
        const has = labels[key];
        if (operator === "In") {
            if (has !== undefined && !values.includes(has)) {
                return { labels, problem: `its ${field} asks for ${key} twice, and differently` };
            }
            labels[key] = has ?? values[0] ?? "";
        } else if (operator === "Exists") labels[key] ??= "m3perf";
        else if (operator === "NotIn" && has !== undefined && values.includes(has)) {
            return { labels, problem: `its ${field} takes nothing with ${key}: ${has} and asks for it` };
        } else if (operator === "DoesNotExist" && has !== undefined) {
            return { labels, problem: `its ${field} takes nothing with ${key} and asks for it` };
        }
    }
    return { labels };
}
