import { gatewayOnly } from "../../../settings/rules/identities.ts";
import type { Scenario } from "../../../settings/scenario.ts";
import type { Site } from "../../../settings/site.ts";

/** Something that the kubeconfig's user has to be allowed. */
export interface Right {
    verb: string;
    group: string;
    resource: string;
    subresource?: string;
    /** Undefined: in the whole cluster. */
    namespace?: string;
    /** What of m3perf needs it. */
    needs: string;
}

/** What up, verify and down do to a cluster, by the objects that the program declares. Pure. */
export function rightsFor(site: Site, scenario: Scenario): Right[] {
    const { namespace } = scenario;
    const up = "m3perf up";
    const cluster = (verb: string, group: string, resource: string, needs = up): Right => ({
        verb,
        group,
        resource,
        needs,
    });
    const inside = (verb: string, group: string, resource: string): Right => ({
        ...cluster(verb, group, resource),
        namespace,
    });
    const proxy = (verb: string, resource: string): Right => ({
        ...{
            verb,
            group: "",
            resource,
            subresource: "proxy",
            namespace,
            needs: "m3perf verify, which asks M3 through the API server",
        },
    });
    const monitoring = site.prometheus.namespace;
    return [
        cluster("create", "", "namespaces"),
        cluster("list", "", "nodes", "m3perf verify and doctor"),
        cluster("patch", "", "nodes", "m3perf up: labels and taints of the nodes"),
        cluster("create", "apiextensions.k8s.io", "customresourcedefinitions", "m3perf up: the operator's M3DBCluster"),
        cluster("create", "rbac.authorization.k8s.io", "clusterroles", "m3perf up: the operator's rights"),
        cluster("create", "rbac.authorization.k8s.io", "clusterrolebindings", "m3perf up: the operator's rights"),
        ...(site.repository ? [cluster("create", "", "persistentvolumes", "m3perf up: the repository")] : []),
        ...["configmaps", "services", "serviceaccounts", "persistentvolumeclaims", "secrets"].map((kind) =>
            inside("create", "", kind),
        ),
        ...["deployments", "statefulsets"].map((kind) => inside("create", "apps", kind)),
        inside("create", "batch", "jobs"),
        inside("create", "policy", "poddisruptionbudgets"),
        ...(scenario.networkPolicies.enabled || gatewayOnly(scenario)
            ? [inside("create", "networking.k8s.io", "networkpolicies")]
            : []),
        inside("create", "operator.m3db.io", "m3dbclusters"),
        proxy("get", "pods"),
        proxy("create", "pods"),
        ...(scenario.tls.etcd || scenario.tls.gateway ? overTls(namespace) : []),
        ...((site.prometheus.kind ?? "existing") === "existing"
            ? [
                  {
                      ...cluster("patch", "", "configmaps", "m3perf up: remote write and read of Prometheus"),
                      namespace: monitoring,
                  },
              ]
            : []),
        ...(site.prometheus.kind === "operator"
            ? [
                  {
                      ...cluster(
                          "patch",
                          "monitoring.coreos.com",
                          "prometheuses",
                          "m3perf up: remote write and read of Prometheus",
                      ),
                      namespace: monitoring,
                  },
              ]
            : []),
        { ...proxy("get", "services"), namespace: monitoring },
    ];
}

/**
 * The proxy does not reach what speaks TLS (operations/access/secured.ts). A port-forward over WebSocket is a "get", and newer clusters
 * ask for "create", too (Kubernetes' AuthorizePodWebsocketUpgradeCreatePermission, 1.35).
 */
function overTls(namespace: string): Right[] {
    const needs = "m3perf verify and etcd, which ask by port-forward what speaks TLS";
    const forward = { group: "", resource: "pods", subresource: "portforward", namespace, needs };
    return [
        { verb: "get", ...forward },
        { verb: "create", ...forward },
        { verb: "get", group: "", resource: "secrets", namespace, needs: `${needs}, with the certificates` },
    ];
}

/** "patch nodes", "create pods/proxy in m3db" */
export const rightText = ({ verb, resource, subresource, namespace }: Right) =>
    `${verb} ${resource}${subresource ? `/${subresource}` : ""}${namespace ? ` in ${namespace}` : ""}`;
