import type { Scenario } from "../../../settings/scenario.ts";
import type { Site } from "../../../settings/site.ts";
import { messageOf } from "../../../support/errors.ts";
import { type HttpCall, jsonOf } from "../../access/http.ts";
import { type Right, rightsFor } from "./rights.ts";

/** What is there in a cluster, as far as the program will stand on it. */
export interface Ground {
    /** "v1.35.4" */
    version: string;
    /** What the kubeconfig's user may not do. */
    denied: Right[];
    /** The namespace of M3, where it is there already. */
    namespace: { labels: Record<string, string> } | undefined;
    limits: LimitRange[];
    quotas: Quota[];
    storageClasses: StorageClass[];
    /** Versions of M3DBCluster that the cluster serves; undefined: it is not there. */
    m3dbClusters: { served: string[] } | undefined;
    /** Whether Prometheus custom resources are known. */
    prometheuses: boolean;
    metricsServer: boolean;
    /** Seconds by which the cluster's newest heartbeat is ahead of this machine's clock; negative: it is older. */
    heartbeat: number | undefined;
}

export interface LimitRange {
    metadata: { name: string };
    spec: { limits: { type: string; max?: Record<string, string>; default?: Record<string, string> }[] };
}
export interface Quota {
    metadata: { name: string };
    status?: { hard?: Record<string, string>; used?: Record<string, string> };
}
export interface StorageClass {
    metadata: { name: string };
    volumeBindingMode?: string;
}

/** Why a cluster did not tell what is there. */
export interface Untold {
    why: string;
}

/** Asks over `opened` (../cluster.ts, openSite); undefined where there is no way to ask. */
export async function askGround(
    opened: Promise<HttpCall> | undefined,
    site: Site,
    scenario: Scenario,
): Promise<Ground | Untold | undefined> {
    if (!opened) return undefined;
    try {
        return await groundOf(await opened, site, scenario);
    } catch (error) {
        return { why: messageOf(error).split("\n")[0] ?? "" };
    }
}

const crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/** Everything over one way to call the API server. */
export async function groundOf(call: HttpCall, site: Site, scenario: Scenario, now = Date.now): Promise<Ground> {
    const inside = `/api/v1/namespaces/${scenario.namespace}`;
    /** What cannot be read is not judged: the right to read it is told by itself where it is needed. */
    const find = async <T>(url: string): Promise<T | undefined> => {
        const answer = await call(url);
        return answer.status === 404 || answer.status === 403 ? undefined : jsonOf<T>(answer, `GET ${url}`);
    };
    const list = async <T>(url: string) => (await find<{ items: T[] }>(url))?.items ?? [];
    const named = (name: string) => find<Definition>(`${crds}/${name}`);
    const [version, denied, namespace, limits, quotas, storageClasses, definition, prometheuses, metrics, leases] =
        await Promise.all([
            find<{ gitVersion?: string }>("/version"),
            deniedOf(call, rightsFor(site, scenario)),
            find<{ metadata: { labels?: Record<string, string> } }>(inside),
            list<LimitRange>(`${inside}/limitranges`),
            list<Quota>(`${inside}/resourcequotas`),
            list<StorageClass>("/apis/storage.k8s.io/v1/storageclasses"),
            named("m3dbclusters.operator.m3db.io"),
            named("prometheuses.monitoring.coreos.com"),
            call("/apis/metrics.k8s.io/v1beta1/nodes"),
            list<{ spec?: { renewTime?: string } }>("/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"),
        ]);
    return {
        version: version?.gitVersion ?? "",
        denied,
        namespace: namespace && { labels: namespace.metadata.labels ?? {} },
        limits,
        quotas,
        storageClasses,
        m3dbClusters: definition && {
            served: definition.spec.versions.filter(({ served }) => served).map(({ name }) => name),
        },
        prometheuses: prometheuses !== undefined,
        metricsServer: metrics.status === 200,
        heartbeat: heartbeatOf(
            leases.flatMap(({ spec }) => spec?.renewTime ?? []),
            now(),
        ),
    };
}

interface Definition {
    spec: { versions: { name: string; served: boolean }[] };
}

/** A review is asked for each; one that is not answered denies nothing. */
async function deniedOf(call: HttpCall, rights: Right[]): Promise<Right[]> {
    const asked = await Promise.all(
        rights.map(async (right) => {
            const { verb, group, resource, subresource, namespace } = right;
            const answer = await call("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {
                method: "POST",
                body: {
                    apiVersion: "authorization.k8s.io/v1",
                    kind: "SelfSubjectAccessReview",
                    spec: { resourceAttributes: { verb, group, resource, subresource, namespace } },
                },
            });
            if (answer.status >= 300) return [];
            const { status } = JSON.parse(answer.body) as { status?: { allowed?: boolean } };
            return status?.allowed === false ? [right] : [];
        }),
    );
    return asked.flat();
}

/** Kubelets renew their leases every ten seconds, by their own clocks. */
function heartbeatOf(times: string[], now: number): number | undefined {
    const newest = Math.max(...times.map((text) => Date.parse(text)).filter(Number.isFinite));
    return Number.isFinite(newest) ? (newest - now) / 1000 : undefined;
}
