/**
 * fit.ts check: whether what the topology puts on each node fits there. Standard input: JSON, FitInput. Ends with an error that
 * names every node that does not fit; changes nothing.
 */
import { text } from "node:stream/consumers";
import type { V1Node } from "@kubernetes/client-node";
import { nodeFacts } from "../../settings/fit/facts.ts";
import type { FitInput } from "../../settings/fit/input.ts";
import { judgeFit } from "../../settings/fit/judge.ts";
import { messageOf, UserError } from "../../support/errors.ts";
import { StorageV1Api } from "../../support/kubernetes-client.ts";
import { allPages, clientsFromEnvironment, statusOf } from "../kubernetes.ts";
import { dedicated } from "../manifests.ts";
import { addedByUs } from "./taints.ts";
import { toldLines } from "./told.ts";

const [action] = process.argv.slice(2);

try {
    if (action !== "check") throw new UserError(`fit.ts: ${action ?? "nothing"} is not known; use check`, [], 64);
    const input = JSON.parse(await text(process.stdin)) as FitInput;
    const { config, core } = clientsFromEnvironment();
    const [items, pods, provisioner] = await Promise.all([
        allPages((page) => core.listNode(page)),
        allPages((page) => core.listPodForAllNamespaces(page)),
        provisionerOf(config.makeApiClient(StorageV1Api), input.storageClass),
    ]).catch((error: unknown) => {
        const what = error instanceof Error && error.cause ? messageOf(error.cause) : messageOf(error);
        throw new UserError(`the nodes of site ${input.site} could not be looked at`, { what });
    });
    const tolerated = new Set(input.nodes.filter(({ dedicated }) => dedicated).map(({ node }) => node));
    const nodes = items.map((node) => withoutOwnTaint(node, tolerated));
    const { problems, notes, lines } = judgeFit(input, nodeFacts(nodes, pods, input.own));
    if (/nfs/i.test(provisioner)) notes.push(dataOnNfs(input, provisioner));
    console.log(toldLines(lines));
    for (const note of notes) console.log(`note: ${note}`);
    if (problems.length > 0)
        throw new UserError(`site ${input.site} does not fit its cluster; nothing was changed`, problems);
} catch (error) {
    console.error(messageOf(error));
    process.exitCode = error instanceof UserError ? error.exitCode : 1;
}

/** "" where there is no such StorageClass: volumes may name a class that exists only as a name. */
async function provisionerOf(storage: StorageV1Api, name: string): Promise<string> {
    const found = await storage.readStorageClass({ name }).catch((error: unknown) => {
        if (statusOf(error) === 404) return undefined;
        throw error;
    });
    return found?.provisioner ?? "";
}

/** M3DB's taint hinders none of its own pods, and where the topology has no use for it, it is about to be taken away. */
function withoutOwnTaint(node: V1Node, tolerated: Set<string>): V1Node {
    const { metadata, spec } = node;
    const ours = metadata?.annotations?.[addedByUs] === dedicated.key || tolerated.has(metadata?.name ?? "");
    if (!ours) return node;
    const taints = (spec?.taints ?? []).filter(
        ({ key, value, effect }) => key !== dedicated.key || value !== dedicated.value || effect !== dedicated.effect,
    );
    return { ...node, spec: { ...spec, taints } };
}

function dataOnNfs({ site, storageClass }: FitInput, provisioner: string): string {
    return `site ${site}: storageClass ${storageClass} is of ${provisioner}: M3DB and etcd on NFS lose performance and durability; use local disks`;
}
