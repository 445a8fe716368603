import type { Environment, EnvironmentService } from "../../settings/environment.ts";
import { hostOf } from "../access/host.ts";
import { speaksTls } from "../access/secured.ts";

export interface Address {
    name: string;
    namespace: string;
    /** Inside the cluster. */
    url: string;
    /** At the nodes' addresses; none: no NodePort. */
    nodePorts: string[];
    /** Where a port-forward goes: a service, and the port as the service has it. */
    service: string;
    port: number;
    /** It speaks TLS. */
    tls: boolean;
}

/** Everything of an environment that answers. Pure. */
export function addressesOf({ namespace, nodes, ...environment }: Environment): Address[] {
    // Any node answers at a NodePort; those that run M3's services save a hop.
    const serving = nodes.filter(({ roles }) => roles.includes("coordinator"));
    const at = (port: number | undefined, path = "", scheme = "http:") =>
        port === undefined
            ? []
            : (serving.length > 0 ? serving : nodes).map(
                  ({ address }) => `${scheme}//${hostOf(address)}:${port}${path}`,
              );
    const of = (name: string, service: EnvironmentService): Address => ({
        name,
        namespace,
        url: service.url,
        nodePorts: [
            ...at(service.nodePort, "", new URL(service.url).protocol),
            ...at(service.metricsNodePort, "/metrics"),
        ],
        service: service.service,
        port: Number(new URL(service.url).port || 80),
        tls: speaksTls(service),
    });
    const { prometheus, gateway } = environment;
    return [
        of("coordinator", environment.coordinator),
        of("query", environment.query),
        of("aggregator", environment.aggregator),
        ...(gateway ? [of("gateway", gateway)] : []),
        {
            name: "prometheus",
            namespace: prometheus.namespace,
            url: `http://${prometheus.service}.${prometheus.namespace}:${prometheus.port}`,
            nodePorts: [],
            service: prometheus.service,
            port: prometheus.port,
            tls: false,
        },
        {
            name: "etcd",
            namespace,
            url: environment.etcd.endpoints.join(","),
            nodePorts: [],
            service: "etcd-client",
            port: 2379,
            tls: environment.etcd.tls !== undefined,
        },
    ];
}
