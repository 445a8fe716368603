import type { M3DBCluster } from "../access/kubernetes.ts";
import { m3Ports } from "../access/m3.ts";

/** Where the operator's admin calls go. */
export interface Endpoint {
    /** As the M3DBCluster gives it, or the operator's own Service. */
    address: string;
    external: boolean;
    /** The Service behind it; absent: nothing that can be looked at through the API server. */
    service?: { namespace: string; name: string; port: number };
    /** Given with a scheme, which the operator adds once more. */
    malformed?: boolean;
}

/**
 * Pure. A name without a namespace is resolved where the operator runs. Without externalCoordinator the operator asks the
 * Service that it made for the cluster.
 */
export function endpointOf(cluster: M3DBCluster, operatorNamespace: string): Endpoint {
    const { namespace, name } = cluster.metadata;
    const address = cluster.spec.externalCoordinator?.serviceEndpoint;
    if (!address) {
        const service = { namespace, name: `m3coordinator-${name}`, port: m3Ports.coordinatorHttp };
        return { address: `${service.name}.${namespace}:${service.port}`, external: false, service };
    }
    if (address.includes("://")) return { address, external: true, malformed: true };
    const parts = /^([a-z][a-z0-9-]*)(?:\.([a-z0-9-]+)(?:\.svc(?:\.[a-z0-9.-]+)?)?)?(?::(\d+))?$/.exec(address);
    const [, service, at = operatorNamespace, port = "80"] = parts ?? [];
    if (service === undefined) return { address, external: true };
    return { address, external: true, service: { namespace: at, name: service, port: Number(port) } };
}
