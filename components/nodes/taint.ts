/**
 * taint.ts add|remove: gives the nodes a taint, or takes it back. Standard input: JSON {taint, nodes}.
 *
 * Why not a NodePatch: a node's taints are one atomic list, and the node lifecycle controller writes it too (not-ready,
 * unreachable). Once it has, the list is that controller's: a server-side apply conflicts, with force it wipes the others'
 * taints, and giving the fields back on destroy no longer takes ours away. So: read, change one entry, write back on condition
 * that nobody was faster.
 */
import { text } from "node:stream/consumers";
import { messageOf, type Problem, UserError } from "../../support/errors.ts";
import { inLanes } from "../../support/lanes.ts";
import { reasonOf } from "../cluster-calls.ts";
import { clientsFromEnvironment, requestsInHand, statusOf, withRetries } from "../kubernetes.ts";
import { type NodeTaints, type Taint, withoutTaint, withTaint } from "./taints.ts";
import { toldLines } from "./told.ts";

const [action] = process.argv.slice(2);
const change = { add: withTaint, remove: withoutTaint }[action ?? ""];

try {
    if (!change) throw new UserError(`taint.ts: ${action ?? "nothing"} is not known; use add or remove`, [], 64);
    const { taint, nodes } = JSON.parse(await text(process.stdin)) as { taint: Taint; nodes: string[] };
    const { core } = clientsFromEnvironment();
    const problems: Problem[] = [];
    const lines = await inLanes(nodes, requestsInHand, async (name) => {
        try {
            const changed = await withRetries(() => changeNode(name, taint));
            return [
                `${name}: ${changed ? `${action === "add" ? "added" : "removed"} ${taint.key}=${taint.value}` : "as it should be"}`,
            ];
        } catch (error) {
            if (statusOf(error) === 404 && action === "remove") return []; // the node is gone, and its taint with it
            const what = `node ${name}`;
            problems.push({ what, why: statusOf(error) === undefined ? messageOf(error) : reasonOf(error) });
            return [];
        }
    });
    if (nodes.length > 0) console.log(toldLines(lines.flat()));
    if (problems.length > 0)
        throw new UserError(`the taint of ${problems.length} of ${nodes.length} nodes could not be changed`, problems);

    async function changeNode(name: string, taint: Taint): Promise<boolean> {
        const node = await core.readNode({ name });
        const before: NodeTaints = {
            taints: (node.spec?.taints ?? []) as Taint[],
            annotations: node.metadata?.annotations ?? {},
        };
        const after = change?.(before, taint);
        if (!after) return false;
        // The resourceVersion that was read makes the write fail with 409 when another one came between.
        await core.replaceNode({
            name,
            body: {
                ...node,
                metadata: { ...node.metadata, annotations: after.annotations },
                spec: { ...node.spec, taints: after.taints },
            },
        });
        return true;
    }
} catch (error) {
    console.error(messageOf(error));
    process.exitCode = error instanceof UserError ? error.exitCode : 1;
}
