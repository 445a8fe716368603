/**
 * taint.ts add|remove: gives the nodes a taint, or takes it back. Standard input: JSON {taint, nodes}.
 *
 * Why not a NodePatch: a node's taints are one atomic list, and the node lifecycle controller writes it too (not-ready,
 * unreachable). Once it has, the list is that controller's: a server-side apply conflicts, with force it wipes the others'
 * taints, and giving the fields back on destroy no longer takes ours away. So: read, change one entry, write back on condition
 * that nobody was faster.
 */
import { text } from "node:stream/consumers";
import { messageOf, UserError } from "../../support/errors.ts";
import { clientsFromEnvironment, statusOf, withRetries } from "../kubernetes.ts";
import { type NodeTaints, type Taint, withoutTaint, withTaint } from "./taints.ts";

const [action] = process.argv.slice(2);
const change = { add: withTaint, remove: withoutTaint }[action ?? ""];

try {
    if (!change) throw new UserError(`taint.ts: ${action ?? "nothing"} is not known; use add or remove`, [], 64);
    const { taint, nodes } = JSON.parse(await text(process.stdin)) as { taint: Taint; nodes: string[] };
    const { core } = clientsFromEnvironment();
    for (const name of nodes) {
        const changed = await withRetries(() => changeNode(name, taint)).catch((error: unknown) => {
            if (statusOf(error) === 404 && action === "remove") return false; // the node is gone, and its taint with it
            throw new UserError(`node ${name} could not be changed`, { what: messageOf(error) });
        });
        console.log(
            `${name}: ${changed ? `${action === "add" ? "added" : "removed"} ${taint.key}=${taint.value}` : "as it should be"}`,
        );
    }

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
