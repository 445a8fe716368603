import type { Environment, EnvironmentService } from "../settings/environment.ts";
import type { Settings } from "../settings/index.ts";
import { gatewayName, tokenSecret } from "../settings/prometheus/identity.ts";
import type { GeneratorSettings } from "../settings/schema/generator.ts";
import { rolesOf } from "../settings/topology.ts";
import { generatorMetricsPort, generatorName } from "./load/generator-manifests.ts";
import { m3dbSelector } from "./m3/cluster-manifests.ts";
import { etcdPorts } from "./m3/etcd-manifests.ts";
import { type M3Identity, topicEnvironment, topics } from "./m3/identity.ts";
import { describePrometheus } from "./prometheus/describe.ts";
import { clientSecretName } from "./tls/files.ts";

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
    gateway?: { url: string; replicas: number } | undefined;
    isolationGroups: string[];
    repository?: { claim: string; kind: NonNullable<Environment["repository"]>["kind"] } | undefined;
}

/** The stack output `environment`: all that later tools need, nothing secret. */
export function describeEnvironment({ site, scenario, replicas, access }: Settings, parts: Parts): Environment {
    const { identity } = parts;
    const closed = parts.gateway !== undefined && scenario.gateway.exclusive;
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
            ...(scenario.tls.etcd ? { tls: { secret: clientSecretName, metricsPort: etcdPorts.metrics } } : {}),
        },
        operator: { workload: parts.operator.workload, selector: { app: parts.operator.workload } },
        cluster: {
            name: identity.cluster,
            m3Environment: identity.environment,
            zone: identity.zone,
            pods: parts.cluster.pods,
            replicationFactor: scenario.m3db.replicationFactor,
            numberOfShards: scenario.m3db.numberOfShards,
            idScheme: scenario.coordinator.tags.idScheme,
            metricName: scenario.coordinator.tags.metricName,
            isolationGroups: parts.isolationGroups,
            namespaces: scenario.m3db.namespaces.map(({ name, retention, resolution, match, samples }) => ({
                name,
                retention,
                ...(resolution === undefined ? {} : { resolution }),
                ...(match === undefined ? {} : { match }),
                ...(samples === "mapped" ? { samples } : {}),
            })),
            selector: m3dbSelector(identity),
        },
        coordinator: {
            ...serviceOf("m3coordinator", parts.coordinator.url, "Deployment", replicas.coordinator),
            ...(closed ? {} : { nodePort: scenario.coordinator.nodePort }),
            metricsNodePort: scenario.coordinator.metricsNodePort,
        },
        ...(parts.adminCoordinator
            ? { adminCoordinator: serviceOf(parts.adminCoordinator.name, parts.adminCoordinator.url, "Deployment", 1) }
            : {}),
        query: {
            ...serviceOf("m3query", parts.query.url, "Deployment", replicas.query, answeringQueries(scenario)),
            ...(closed ? {} : { nodePort: scenario.query.nodePort }),
        },
        aggregator: {
            ...serviceOf("m3aggregator", parts.aggregator.url, "StatefulSet", scenario.aggregator.replicas),
            metricsNodePort: scenario.aggregator.metricsNodePort,
        },
        ...(parts.gateway ? { gateway: gatewayOf(parts.gateway, scenario) } : {}),
        ...(scenario.generator ? { generator: generatorOf(scenario.generator) } : {}),
        topics: Object.values(topics).map(({ name, consumer }) => ({ name, consumer, environment: topicEnvironment })),
        prometheus: describePrometheus(site.prometheus, scenario.prometheus),
    };
}

function gatewayOf(
    { url, replicas }: NonNullable<Parts["gateway"]>,
    { identities, gateway }: Settings["scenario"],
): NonNullable<Environment["gateway"]> {
    return {
        ...serviceOf(gatewayName, url, "Deployment", replicas),
        ...(gateway.nodePort === undefined ? {} : { nodePort: gateway.nodePort }),
        exclusive: gateway.exclusive,
        identities: identities.map(({ name, labels, reads, writes }) => ({
            ...{ name, labels, reads, writes },
            secret: tokenSecret(name),
        })),
    };
}

function generatorOf({ workers, role, run, series }: GeneratorSettings): NonNullable<Environment["generator"]> {
    const selector = { app: generatorName };
    const workload = { kind: "StatefulSet" as const, name: generatorName, replicas: workers, selector };
    return { workload, metricsPort: generatorMetricsPort, role, run, series };
}

function serviceOf(
    name: string,
    url: string,
    kind: EnvironmentService["workload"]["kind"],
    replicas: number,
    workload = name,
): EnvironmentService {
    return { service: name, url, workload: { kind, name: workload, replicas, selector: { app: workload } } };
}

/** The pods behind the Service m3query. */
const answeringQueries = ({ query }: Settings["scenario"]) =>
    query.mode === "integrated" ? "m3coordinator" : "m3query";
