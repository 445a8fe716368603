/** Pure part of label.ts: whose labels are to change. */

/** Labels by node. */
export type LabelsByNode = Record<string, Record<string, string>>;

/**
 * The field manager of an environment's server-side apply: Kubernetes keeps with each node which labels it has given, and takes just
 * those back. Its namespace is in it, since another environment of the same cluster has nodes of its own.
 */
export const managerOf = (namespace: string) => `m3perf-node-labels-${namespace}`;

/** A node as the API has it, as far as labels go. */
export interface LabelledNode {
    metadata?: {
        name?: string;
        uid?: string;
        labels?: Record<string, string>;
        managedFields?: { manager?: string; operation?: string; fieldsV1?: object }[];
    };
}

export interface LabelChange {
    name: string;
    uid: string;
    /** All that are ours from then on: what is not among them and was is taken back. */
    labels: Record<string, string>;
}

/** The nodes whose labels are not yet what is wanted, those included that are to have none any more. */
export function changesOf(nodes: LabelledNode[], wanted: LabelsByNode, manager: string): LabelChange[] {
    return nodes.flatMap(({ metadata: { name = "", uid = "", labels = {}, managedFields = [] } = {} }) => {
        const ours = wanted[name] ?? {};
        const given = givenBy(manager, managedFields);
        const keys = Object.keys(ours);
        const right = keys.length === given.size && keys.every((key) => given.has(key) && labels[key] === ours[key]);
        return right ? [] : [{ name, uid, labels: ours }];
    });
}

type ManagedFields = NonNullable<NonNullable<LabelledNode["metadata"]>["managedFields"]>;

/** https://kubernetes.io/docs/reference/using-api/server-side-apply/#fieldsv1: `f:` and the field's name. */
function givenBy(manager: string, fields: ManagedFields): Set<string> {
    const own = fields.find((one) => one.manager === manager && one.operation === "Apply")?.fieldsV1 as
        | { "f:metadata"?: { "f:labels"?: Record<string, object> } }
        | undefined;
    const keys = Object.keys(own?.["f:metadata"]?.["f:labels"] ?? {}).filter((key) => key.startsWith("f:"));
    return new Set(keys.map((key) => key.slice(2)));
}
