import type { Environment } from "../../../settings/environment.ts";
import type { NodeRole } from "../../../settings/site.ts";
import { UserError } from "../../../support/errors.ts";

/** What is known of the nodes before there is an environment, too. */
export type Nodes = Pick<Environment, "nodes" | "stack">;

/** Which node of an environment; scenario files know roles, not names. */
export interface NodeTarget {
    text: string;
    of(nodes: Nodes): string;
}

/** Which pod. */
export interface PodTarget {
    text: string;
    of(environment: Environment): string;
}

function node(text: string, role: NodeRole, index: number): NodeTarget {
    return {
        text,
        of({ nodes, stack }) {
            const found = nodes.filter(({ roles }) => roles.includes(role)).at(index);
            if (found) return found.name;
            throw new UserError(`the environment of ${stack} has no ${text}`, {
                what: `its nodes: ${nodes.map(({ name, roles }) => `${name} (${roles.join(", ")})`).join(", ")}`,
            });
        },
    };
}

/** A node with M3DB and etcd on it; the last one unless told. */
export const m3dbNode = (index = -1) => node("node with M3DB and etcd", "m3db", index);

export const coordinatorNode = (index = -1) => node("node with a coordinator", "coordinator", index);

/** The database pod of a node's isolation group, or of the last group where the site names none. */
export function dbnodeOn(target: NodeTarget): PodTarget {
    return {
        text: `database pod on the ${target.text}`,
        of(environment) {
            const { cluster, nodes } = environment;
            const group = nodes.find(({ name }) => name === target.of(environment))?.isolationGroup;
            const index = Math.max(group === undefined ? -1 : cluster.isolationGroups.indexOf(group), -1);
            const at = index < 0 ? cluster.isolationGroups.length - 1 : index;
            return cluster.pods.find((pod) => pod.startsWith(`${cluster.name}-rep${at}-`)) ?? cluster.pods.at(-1) ?? "";
        },
    };
}
