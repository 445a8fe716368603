import { resolve } from "node:path";
import type { NodeLike } from "../../settings/fit/facts.ts";
import type { PodLike } from "../../settings/fit/quantities.ts";
import type { Access } from "../../settings/index.ts";
import { messageOf } from "../../support/errors.ts";
import { projectRoot } from "../../support/paths.ts";
import { type HttpCall, jsonOf } from "../access/http.ts";
import { openApi } from "../access/kubernetes.ts";

/** A node as doctor looks at it: what settings/fit judges, and which boot of which machine its kubelet speaks of. */
export type ClusterNode = NodeLike & { status?: { nodeInfo?: { bootID?: string } } };

/** What the cluster says of its nodes; `why`: why it says nothing. */
export type ClusterAnswer =
    | { answers: true; nodes: ClusterNode[]; pods: PodLike[] }
    | { answers: false; why: string; next?: string };

/** Asks the site's cluster, and no other: a site without a kubeconfig has none. */
export async function askCluster({ path, context, missing }: Access): Promise<ClusterAnswer> {
    if (missing || path === null) {
        return { answers: false, why: missing?.why ?? "no kubeconfig", ...(missing ? { next: missing.next } : {}) };
    }
    try {
        const call = await openApi(resolve(projectRoot, path), context);
        const [nodes, pods] = await Promise.all([
            all<ClusterNode>(call, "/api/v1/nodes"),
            all<PodLike>(call, "/api/v1/pods"),
        ]);
        return { answers: true, nodes, pods };
    } catch (error) {
        const [why = "", what = ""] = messageOf(error).split("\n");
        return { answers: false, why: `${why}${what && `: ${what.trim()}`} (kubeconfig ${path})` };
    }
}

/** In pages: a cluster may have thousands of pods. */
async function all<T>(call: HttpCall, path: string): Promise<T[]> {
    const items: T[] = [];
    let next = "";
    do {
        const query = { limit: "500", ...(next ? { continue: next } : {}) };
        const page = jsonOf<{ items: T[]; metadata?: { continue?: string } }>(
            await call(path, { query }),
            `GET ${path}`,
        );
        items.push(...page.items);
        next = page.metadata?.continue ?? "";
    } while (next);
    return items;
}
