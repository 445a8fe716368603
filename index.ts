import { Namespace } from "@pulumi/kubernetes/core/v1/namespace.js";
import * as pulumi from "@pulumi/pulumi";
import { describeEnvironment } from "./components/environment.ts";
import { AdminCoordinator } from "./components/m3/AdminCoordinator.ts";
import { Aggregator } from "./components/m3/Aggregator.ts";
import { Cluster } from "./components/m3/Cluster.ts";
import { Coordinator } from "./components/m3/Coordinator.ts";
import { Etcd } from "./components/m3/Etcd.ts";
import { m3Identity } from "./components/m3/identity.ts";
import { Operator } from "./components/m3/Operator.ts";
import { Query } from "./components/m3/Query.ts";
import { Setup } from "./components/m3/Setup.ts";
import { partOf } from "./components/manifests.ts";
import { hostWork } from "./components/nodes/host-work.ts";
import { NfsRepository } from "./components/nodes/NfsRepository.ts";
import { NodeTopology } from "./components/nodes/NodeTopology.ts";
import { RemoteStorage } from "./components/prometheus/RemoteStorage.ts";
import { kubernetesProvider } from "./components/provider.ts";
import { settingsOfStack } from "./components/stack.ts";
import { fitInput } from "./settings/fit/input.ts";
import { isolationGroups } from "./settings/index.ts";
import { hasFailureDomains } from "./settings/topology.ts";

const settings = settingsOfStack(); // throws all wrong settings at once, before any resource
const { site, scenario, memory, replicas } = settings;
const { namespace } = scenario;
const kubeconfig = pulumi.secret(settings.access.kubeconfig);
const options = { provider: kubernetesProvider(settings) };
const after = (...dependsOn: pulumi.Resource[]) => ({ ...options, dependsOn });

const { isolation } = scenario;
const fit = fitInput(site, scenario);
const hosts = hostWork(settings, kubeconfig, options); // kernels, rolls, tuning: what the settings ask for
const nodes = new NodeTopology("nodes", { nodes: site.nodes, isolation, fit, kubeconfig }, after(...hosts));
const home = new Namespace("m3db", { metadata: { name: namespace, labels: partOf } }, options);
const repository =
    site.repository &&
    new NfsRepository(
        "repository",
        {
            repository: site.repository,
            nodes: site.nodes,
            hosts: settings.hosts,
            sshPrivateKey: settings.sshPrivateKey,
            namespace,
        },
        after(home, ...hosts),
    );

const { storageClass } = site;
const spread = hasFailureDomains(site);
const etcd = new Etcd("etcd", { ...scenario.etcd, namespace, storageClass, spread }, after(home, nodes));
const identity = m3Identity(namespace, etcd.endpoints);

const operator = new Operator("operator", { namespace }, after(home));
const groups = isolationGroups(site);
const { externalCoordinator } = scenario.m3db;
const admin = externalCoordinator && new AdminCoordinator("m3admin", { identity }, after(etcd));
const m3db = { ...scenario.m3db, identity, isolationGroups: groups, memoryMi: memory.m3db, storageClass };
const cluster = new Cluster("m3-cluster", m3db, after(nodes, etcd, operator, ...(admin ? [admin] : [])));

const setup = new Setup(
    "m3-setup",
    {
        identity,
        instances: cluster.pods.length,
        namespaces: m3db.namespaces.map(({ name }) => name),
        shards: scenario.aggregator.shards,
        externalCoordinator,
    },
    after(cluster),
);

const { maxFetchedSeries, requireExhaustive } = scenario.query;
const coordinatorArgs = {
    ...scenario.coordinator,
    identity,
    isolation,
    replicas: replicas.coordinator,
    memoryMi: memory.coordinator,
};
const coordinator = new Coordinator("m3coordinator", coordinatorArgs, after(setup));
const queryArgs = {
    ...scenario.query,
    identity,
    isolation,
    replicas: replicas.query,
    memoryMi: memory.query,
    limits: { maxFetchedSeries, requireExhaustive },
};
const query = new Query("m3query", queryArgs, after(setup));
const aggregatorArgs = { ...scenario.aggregator, identity, isolation, memoryMi: memory.aggregator };
const aggregator = new Aggregator("m3aggregator", aggregatorArgs, after(setup));

const prometheus = new RemoteStorage(
    "prometheus",
    {
        prometheus: site.prometheus,
        writeUrl: scenario.prometheus.remoteWrite.url,
        readUrl: scenario.prometheus.remoteRead.url,
        readRecent: scenario.prometheus.remoteRead.readRecent,
        kubeconfig,
    },
    after(coordinator, query, aggregator),
);

export const environment = describeEnvironment(settings, {
    stack: pulumi.getStack(),
    identity,
    etcd,
    operator,
    cluster,
    coordinator,
    adminCoordinator: admin || undefined,
    query,
    aggregator,
    prometheus,
    repository,
    isolationGroups: groups.map(({ name }) => name),
});
