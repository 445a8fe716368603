import { resolve } from "node:path";
import type { NodeLike } from "../../settings/fit/facts.ts";
import type { PodLike } from "../../settings/fit/quantities.ts";
import type { Access } from "../../settings/index.ts";
import { messageOf, UserError } from "../../support/errors.ts";
import { projectRoot } from "../../support/paths.ts";
import { type HttpCall, jsonOf } from "../access/http.ts";
import { openApi } from "../access/kubernetes.ts";

/** A node as doctor looks at it: what settings/fit judges, and which boot of which machine its kubelet speaks of. */
export type ClusterNode = NodeLike & { status?: { nodeInfo?: { bootID?: string } } };

/** What the cluster says of its nodes; `why`: why it says nothing. */
export type ClusterAnswer =
    | { answers: true; nodes: ClusterNode[]; pods: PodLike[] }
    | { answers: false; why: string; next?: string };

/** One way to the site's cluster, and to no other, for all that is asked of it. Undefined: the site names no kubeconfig that is there. */
export function openSite({ path, context, missing }: Access): Promise<HttpCall> | undefined {
    return missing || path === null ? undefined : openApi(resolve(projectRoot, path), context);
}

/** Asks over `opened` (openSite) what nodes and pods there are. */
export async function askCluster(
    { path, missing }: Access,
    opened: Promise<HttpCall> | undefined,
): Promise<ClusterAnswer> {
    if (!opened) {
        return { answers: false, why: missing?.why ?? "no kubeconfig", ...(missing ? { next: missing.next } : {}) };
    }
    try {
        const call = await opened;
        const [nodes, pods] = await Promise.all([
            all<ClusterNode>(call, "/api/v1/nodes"),
            all<PodLike>(call, "/api/v1/pods"),
        ]);
        return { answers: true, nodes, pods };
    } catch (error) {
        const [why = "", what = ""] = messageOf(error).split("\n");
        const next = error instanceof UserError ? error.problems[0]?.next : undefined;
        return {
            answers: false,
            why: `${why}${what && `: ${what.trim()}`} (kubeconfig ${path})`,
            ...(next === undefined ? {} : { next }),
        };
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
