/** Which resources the server has: apiVersion and kind to a path. One request per apiVersion and process. */
import { ApiError, type Client } from "./client.ts";
import { at, groupOf, listAt, type Reference, textAt } from "./objects.ts";

export interface Kind {
    apiVersion: string;
    kind: string;
    plural: string;
    namespaced: boolean;
}

export interface Discovery {
    /** Undefined when the server has no such kind (now: a CRD may bring it). */
    find(apiVersion: string, kind: string): Promise<Kind | undefined>;
}

/** An answer that lacked the kind is asked for again after this time (ms). */
const staleAfter = 300;

export function createDiscovery(client: Client): Discovery {
    const lists = new Map<string, { at: number; kinds: Promise<Map<string, Kind>> }>();
    const fetchList = (apiVersion: string) => {
        const entry = { at: performance.now(), kinds: kindsOf(client, apiVersion) };
        entry.kinds.catch(() => lists.delete(apiVersion));
        lists.set(apiVersion, entry);
        return entry.kinds;
    };
    return {
        async find(apiVersion, kind) {
            const known = lists.get(apiVersion);
            const found = (await (known?.kinds ?? fetchList(apiVersion))).get(kind);
            if (found || !known || performance.now() - known.at < staleAfter) return found;
            return (await fetchList(apiVersion)).get(kind);
        },
    };
}

async function kindsOf(client: Client, apiVersion: string): Promise<Map<string, Kind>> {
    const kinds = new Map<string, Kind>();
    try {
        const list = await client.request("GET", apiRoot(apiVersion));
        for (const entry of listAt(list, "resources")) {
            const plural = textAt(entry, "name");
            if (plural.includes("/")) continue; // a subresource
            const kind = textAt(entry, "kind");
            kinds.set(kind, { apiVersion, kind, plural, namespaced: at(entry, "namespaced") === true });
        }
    } catch (error) {
        if (!(error instanceof ApiError && error.status === 404)) throw error;
    }
    return kinds;
}

function apiRoot(apiVersion: string): string {
    return apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

/** The URL path of an object, or of the collection when the name is "". */
export function pathOf(kind: Kind, { namespace, name }: Pick<Reference, "namespace" | "name">): string {
    const scope = kind.namespaced && namespace !== "" ? `/namespaces/${encodeURIComponent(namespace)}` : "";
    return `${apiRoot(kind.apiVersion)}${scope}/${kind.plural}${name === "" ? "" : `/${encodeURIComponent(name)}`}`;
}

const clusterScoped: Record<string, string[]> = {
    "": ["ComponentStatus", "Namespace", "Node", "PersistentVolume"],
    "admissionregistration.k8s.io": ["*"],
    "apiextensions.k8s.io": ["*"],
    "apiregistration.k8s.io": ["*"],
    "authentication.k8s.io": ["*"],
    "authorization.k8s.io": ["SelfSubjectAccessReview", "SelfSubjectRulesReview", "SubjectAccessReview"],
    "certificates.k8s.io": ["CertificateSigningRequest", "ClusterTrustBundle"],
    "flowcontrol.apiserver.k8s.io": ["*"],
    "networking.k8s.io": ["IngressClass", "IPAddress", "ServiceCIDR"],
    "node.k8s.io": ["*"],
    "rbac.authorization.k8s.io": ["ClusterRole", "ClusterRoleBinding"],
    "resource.k8s.io": ["DeviceClass", "DeviceTaintRule", "ResourceSlice"],
    "scheduling.k8s.io": ["PriorityClass"],
    "storage.k8s.io": ["CSIDriver", "CSINode", "StorageClass", "VolumeAttachment", "VolumeAttributesClass"],
    "storagemigration.k8s.io": ["*"],
};
const namespacedOnly = [
    "apps",
    "autoscaling",
    "batch",
    "coordination.k8s.io",
    "discovery.k8s.io",
    "events.k8s.io",
    "policy",
];

/** Whether a kind of Kubernetes' own is namespaced, without asking a server; undefined for the kinds of others. */
export function builtinScope(apiVersion: string, kind: string): boolean | undefined {
    const group = groupOf(apiVersion);
    if (namespacedOnly.includes(group)) return true;
    const kinds = clusterScoped[group];
    if (kinds === undefined) return undefined;
    return !(kinds.includes("*") || kinds.includes(kind));
}
