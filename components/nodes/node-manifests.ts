import type { SiteNode } from "../../settings/site.ts";
import { type Isolation, rolesOf } from "../../settings/topology.ts";
import { label } from "../manifests.ts";
import type { LabelsByNode } from "./labels.ts";

/** Labels by which pods find their nodes. Keys of our own domain only: none can be another manager's. */
function nodeLabels(node: SiteNode, isolation: Isolation): Record<string, string> {
    const roles = Object.fromEntries(rolesOf(node, isolation).map((role) => [label.role(role), "true"]));
    return {
        ...roles,
        ...(node.isolationGroup ? { [label.isolationGroup]: node.isolationGroup } : {}),
        ...(node.failureDomain ? { [label.failureDomain]: node.failureDomain } : {}),
    };
}

export function nodePatch(node: SiteNode, isolation: Isolation) {
    return { metadata: { name: node.name, labels: nodeLabels(node, isolation) } };
}

/** The same for all nodes at once. */
export function labelsByNode(nodes: SiteNode[], isolation: Isolation): LabelsByNode {
    return Object.fromEntries(nodes.map((node) => [node.name, nodeLabels(node, isolation)]));
}
