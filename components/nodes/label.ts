/**
 * label.ts add|remove: gives many nodes their labels, or takes them back. Standard input: JSON {namespace, nodes: labels by
 * node}. Nodes that are named no more lose theirs. As a NodePatch does it: server-side apply, without force; a label that others have with another value is an
 * error, and theirs stay.
 */
import { text } from "node:stream/consumers";
import type { CoreV1Api } from "@kubernetes/client-node";
import { messageOf, type Problem, UserError } from "../../support/errors.ts";
import { setHeaderOptions } from "../../support/kubernetes-client.ts";
import { inLanes } from "../../support/lanes.ts";
import { reasonOf, told } from "../cluster-calls.ts";
import { allPages, clientsFromEnvironment, requestsInHand, statusOf } from "../kubernetes.ts";
import { changesOf, type LabelChange, type LabelsByNode, managerOf } from "./labels.ts";

const apply = setHeaderOptions("Content-Type", "application/apply-patch+yaml");

const [action] = process.argv.slice(2);

try {
    if (action !== "add" && action !== "remove")
        throw new UserError(`label.ts: ${action ?? "nothing"} is not known; use add or remove`, [], 64);
    const input = JSON.parse(await text(process.stdin)) as { namespace: string; nodes: LabelsByNode };
    const manager = managerOf(input.namespace);
    const wanted = action === "add" ? input.nodes : {};
    const { core } = clientsFromEnvironment();
    const nodes = await told(
        "the nodes could not be read",
        allPages((page) => core.listNode(page)),
    );
    const there = new Set(nodes.map(({ metadata }) => metadata?.name));
    const missing = Object.keys(wanted).filter((name) => !there.has(name));
    if (missing.length > 0)
        throw new UserError("no label was changed", { what: `not in the cluster: ${missing.join(", ")}` });
    const changes = changesOf(nodes, wanted, manager);
    const problems = (await inLanes(changes, requestsInHand, (change) => label(core, manager, change))).flat();
    console.log(`${changes.length - problems.length} of ${nodes.length} nodes changed`);
    if (problems.length > 0)
        throw new UserError(
            `${problems.length} ${problems.length === 1 ? "node" : "nodes"} could not be labelled`,
            problems,
        );
} catch (error) {
    console.error(messageOf(error));
    process.exitCode = error instanceof UserError ? error.exitCode : 1;
}

async function label(core: CoreV1Api, manager: string, { name, uid, labels }: LabelChange): Promise<Problem[]> {
    // With its uid: an apply to a node that has gone meanwhile would make one.
    const body = { apiVersion: "v1", kind: "Node", metadata: { name, uid, labels } };
    try {
        await core.patchNode({ name, body, fieldManager: manager, force: false }, apply);
        return [];
    } catch (error) {
        const gone = action === "remove" && (await core.readNode({ name }).catch(statusOf)) === 404;
        return gone ? [] : [{ what: `node ${name}`, why: reasonOf(error) }];
    }
}
