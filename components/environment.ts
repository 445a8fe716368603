import type { Environment, EnvironmentService } from "../settings/environment.ts";
import type { Settings } from "../settings/index.ts";
import { rolesOf } from "../settings/topology.ts";
import { m3dbSelector } from "./m3/cluster-manifests.ts";
import { type M3Identity, topicEnvironment, topics } from "./m3/identity.ts";

/** What the components know beyond the settings. */
export interface Parts {
    stack: string;
    identity: M3Identity;
    etcd: { pods: string[]; endpoints: string[] };
    operator: { workload: string };
    cluster: { pods: string[] };
    coordinator: { url: string };
    adminCoordinator?: { name: string; url: string } | undefined;
    query: { url: string };
    aggregator: { url: string };
    prometheus: { writeUrl: string; readUrl: string };
    isolationGroups: string[];
    repository?: { claim: string; kind: NonNullable<Environment["repository"]>["kind"] } | undefined;
}

/** The stack output `environment`: all that later tools need, nothing secret. */
export function describeEnvironment({ site, scenario, replicas, access }: Settings, parts: Parts): Environment {
    const { identity } = parts;
    const { namespace, deployment, configMap, configKey, service, port } = site.prometheus;
    return {
        version: 1,
        stack: parts.stack,
        site: site.name,
        kubeconfig: access.path,
        context: access.context,
        namespace: identity.namespace,
        nodes: site.nodes.map((node) => ({
            name: node.name,
            address: node.address,
            roles: rolesOf(node, scenario.isolation),
            ...(node.isolationGroup === undefined ? {} : { isolationGroup: node.isolationGroup }),
        })),
        ...(parts.repository ? { repository: { claim: parts.repository.claim, kind: parts.repository.kind } } : {}),
        etcd: {
            statefulSet: "etcd",
            pods: parts.etcd.pods,
            endpoints: parts.etcd.endpoints,
            selector: { app: "etcd" },
        },
        operator: { workload: parts.operator.workload, selector: { app: parts.operator.workload } },
        cluster: {
            name: identity.cluster,
            m3Environment: identity.environment,
            zone: identity.zone,
            pods: parts.cluster.pods,
            replicationFactor: scenario.m3db.replicationFactor,
            numberOfShards: scenario.m3db.numberOfShards,
            isolationGroups: parts.isolationGroups,
            namespaces: scenario.m3db.namespaces.map(({ name, retention, resolution }) => ({
                name,
                retention,
                ...(resolution === undefined ? {} : { resolution }),
            })),
            selector: m3dbSelector(identity),
        },
        coordinator: {
            ...serviceOf("m3coordinator", parts.coordinator.url, "Deployment", replicas.coordinator),
            nodePort: scenario.coordinator.nodePort,
            metricsNodePort: scenario.coordinator.metricsNodePort,
        },
        ...(parts.adminCoordinator
            ? { adminCoordinator: serviceOf(parts.adminCoordinator.name, parts.adminCoordinator.url, "Deployment", 1) }
            : {}),
        query: {
            ...serviceOf("m3query", parts.query.url, "Deployment", replicas.query),
            nodePort: scenario.query.nodePort,
        },
        aggregator: {
            ...serviceOf("m3aggregator", parts.aggregator.url, "StatefulSet", 1),
            metricsNodePort: scenario.aggregator.metricsNodePort,
        },
        topics: Object.values(topics).map(({ name, consumer }) => ({ name, consumer, environment: topicEnvironment })),
        prometheus: {
            namespace,
            deployment,
            configMap,
            configKey,
            service,
            port,
            remoteWriteUrl: parts.prometheus.writeUrl,
            remoteReadUrl: parts.prometheus.readUrl,
            readRecent: scenario.prometheus.remoteRead.readRecent,
        },
    };
}

function serviceOf(
    name: string,
    url: string,
    kind: EnvironmentService["workload"]["kind"],
    replicas: number,
): EnvironmentService {
    return { service: name, url, workload: { kind, name, replicas, selector: { app: name } } };
}
