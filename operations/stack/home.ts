/**
 * The cluster that a stack's environment stands in. Pulumi takes another kubeconfig for another way to the same cluster (components/provider.ts),
 * so with the settings of another site it would find nothing to change there, and a destroy would forget what stands here.
 */
import { fromSite, locateSite, readSite } from "../../settings/locate.ts";
import { UserError } from "../../support/errors.ts";
import { type HttpCall, jsonOf } from "../access/http.ts";
import { openApi } from "../access/kubernetes.ts";
import { exitCodes } from "../cli/exit.ts";
import type { ExportedState } from "./pending.ts";
import type { Session } from "./session.ts";

/** Where an object of the stack, or a node that it labels, is; Kubernetes gives each a uid of its own. */
interface Anchor {
    path: string;
    uid: string;
}

/** Kinds without a namespace. */
const paths: Record<string, string> = {
    "kubernetes:core/v1:Namespace": "/api/v1/namespaces",
    "kubernetes:core/v1:NodePatch": "/api/v1/nodes",
    "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition":
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole": "/apis/rbac.authorization.k8s.io/v1/clusterroles",
};

/** The environment's own namespace first. Pure. */
export function anchorsOf({ deployment }: ExportedState): Anchor[] {
    // One that was being deleted as an update was killed may be gone.
    const unsure = new Set(deployment?.pending_operations?.map(({ resource }) => resource.urn));
    const found = (deployment?.resources ?? []).flatMap(({ urn, type, outputs }) => {
        if (unsure.has(urn)) return [];
        const { name, uid } = outputs?.metadata ?? {};
        const path = paths[type];
        return path !== undefined && typeof name === "string" && typeof uid === "string"
            ? [{ path: `${path}/${name}`, uid }]
            : [];
    });
    const isNamespace = ({ path }: Anchor) => path.startsWith("/api/v1/namespaces/");
    return [...found.filter(isNamespace), ...found.filter((one) => !isNamespace(one))];
}

/** Whether none of them is in the cluster, so that it is another one. Rejects where one cannot be asked for. */
export async function isElsewhere(anchors: Anchor[], call: HttpCall): Promise<boolean> {
    for (const { path, uid } of anchors) {
        const answer = await call(path);
        if (answer.status === 404) continue;
        if (jsonOf<{ metadata: { uid: string } }>(answer, `GET ${path}`).metadata.uid === uid) return false;
    }
    return anchors.length > 0;
}

/** Throws UserError where a site of the user's own leads to another cluster than the one that the stack stands in. */
export async function refuseAnotherCluster(session: Session, state: ExportedState): Promise<void> {
    const anchors = anchorsOf(state);
    if (session.lab !== null || anchors.length === 0) return; // each lab has a state of its own
    const elsewhere = await lookThere(session, anchors).catch(() => false); // what does not answer, the update will tell
    if (!elsewhere) return;
    throw new UserError(
        `the stack ${session.stack} stands in another cluster; nothing was changed`,
        {
            what: `of its namespace, nodes and kinds none is in the cluster of the site ${session.site}`,
            why: "an update would find nothing to do there, and a destroy would forget what stands where it was made",
            next: `give it the site that it was made with (m3perf:site, --site, that file's kubeconfig). Is that cluster gone for good: pulumi stack rm --force --preserve-config ${session.stack}, then m3perf up`,
        },
        exitCodes.settings,
    );
}

async function lookThere({ site }: Session, anchors: Anchor[]): Promise<boolean> {
    const located = locateSite(site);
    const written = readSite(site, located);
    if ("problem" in written) return false;
    const { kubeconfig, context } = written.content as { kubeconfig?: unknown; context?: unknown };
    if (typeof kubeconfig !== "string") return false;
    const call = await openApi(fromSite(located.path, kubeconfig), typeof context === "string" ? context : null);
    return await isElsewhere(anchors, call);
}
