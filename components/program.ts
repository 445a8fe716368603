import { Namespace } from "@pulumi/kubernetes/core/v1/namespace.js";
import type { Provider } from "@pulumi/kubernetes/provider.js";
import * as pulumi from "@pulumi/pulumi";
import { fitInput } from "../settings/fit/input.ts";
import type { Settings } from "../settings/index.ts";
import { gatewayOnly } from "../settings/rules/identities.ts";
import { coordinatorCpu } from "../settings/sizing.ts";
import { hasFailureDomains } from "../settings/topology.ts";
import { describeEnvironment } from "./environment.ts";
import { declaredM3db } from "./first-look.ts";
import { Generator } from "./load/Generator.ts";
import { AdminCoordinator } from "./m3/AdminCoordinator.ts";
import { Aggregator } from "./m3/Aggregator.ts";
import { Cluster } from "./m3/Cluster.ts";
import { Coordinator } from "./m3/Coordinator.ts";
import { Etcd } from "./m3/Etcd.ts";
import { Gateway } from "./m3/Gateway.ts";
import { Operator } from "./m3/Operator.ts";
import { Query } from "./m3/Query.ts";
import { Setup } from "./m3/Setup.ts";
import { partOf } from "./manifests.ts";
import { NetworkPolicies } from "./network/NetworkPolicies.ts";
import { networkPlan } from "./network/plan.ts";
import { hostWork } from "./nodes/host-work.ts";
import { NfsRepository } from "./nodes/NfsRepository.ts";
import { NodeTopology } from "./nodes/NodeTopology.ts";
import { Observe } from "./observe/Observe.ts";
import { RemoteStorage } from "./prometheus/RemoteStorage.ts";
import { Certificates } from "./tls/Certificates.ts";

/** All that a stack is made of but its provider, in the order in which it comes up; none of it before `looked` (first-look.ts). */
export async function declareEnvironment(settings: Settings, provider: Provider, looked: Promise<void>) {
    const { site, scenario, memory, replicas } = settings;
    const { namespace, images } = scenario;
    const { storageClass } = site;
    const kubeconfig = pulumi.secret(settings.access.kubeconfig);
    const m3db = { ...declaredM3db(settings), kubeconfig };
    const { identity, isolationGroups: groups } = m3db;
    // What would lose data or its quorum stops here, before any resource but the provider.
    await looked;

    const options = { provider };
    const after = (...dependsOn: pulumi.Resource[]) => ({ ...options, dependsOn });

    const { isolation } = scenario;
    const fit = fitInput(site, scenario);
    const hosts = hostWork(settings, kubeconfig, options); // kernels, rolls, tuning: what the settings ask for
    const nodes = new NodeTopology("nodes", { nodes: site.nodes, isolation, fit, kubeconfig }, after(...hosts));
    const home = new Namespace("m3db", { metadata: { name: namespace, labels: partOf } }, options);
    // Before the pods: what comes up finds its ways open, and no other.
    if (scenario.networkPolicies.enabled) new NetworkPolicies("network", networkPlan(settings), after(home));
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

    const certificates =
        scenario.tls.etcd || scenario.tls.gateway
            ? new Certificates(
                  "tls",
                  {
                      namespace,
                      settings: scenario.tls,
                      etcdMembers: scenario.etcd.members,
                      gatewayNodes: scenario.gateway.nodePort === undefined ? [] : site.nodes,
                  },
                  after(home),
              )
            : undefined;
    const etcdSecret = certificates?.etcd?.clients;

    const spread = hasFailureDomains(site);
    const etcd = new Etcd(
        "etcd",
        { ...scenario.etcd, image: images.etcd, namespace, storageClass, spread, tls: certificates?.etcd?.members },
        after(home, nodes),
    );

    // After the taints: what runs already on a node of M3DB stays there, and takes the room of a database pod.
    const operator = new Operator("operator", { namespace, image: images.m3dbOperator }, after(home, nodes));
    const { externalCoordinator } = scenario.m3db;
    const admin =
        externalCoordinator &&
        new AdminCoordinator("m3admin", { identity, image: images.m3coordinator, etcdSecret }, after(etcd));
    const cluster = new Cluster(
        "m3-cluster",
        { ...m3db, etcdCertificate: certificates?.etcd?.fingerprint },
        after(nodes, etcd, operator, ...(admin ? [admin] : []), ...(certificates ? [certificates] : [])),
    );

    const setup = new Setup(
        "m3-setup",
        {
            identity,
            image: images.node,
            instances: cluster.pods.length,
            namespaces: m3db.namespaces.map(({ name }) => name),
            aggregator: scenario.aggregator,
            externalCoordinator,
        },
        after(cluster),
    );

    // Where senders are told apart, nobody reaches M3's API past the gateway, unless the settings say so.
    const closed = gatewayOnly(scenario);
    const coordinatorArgs = {
        identity,
        etcdSecret,
        image: images.m3coordinator,
        isolation,
        replicas: replicas.coordinator,
        memoryMi: memory.coordinator,
        cpuMilli: coordinatorCpu(scenario),
        settings: { ...scenario, rules: scenario.aggregator.rules, namespaces: scenario.m3db.namespaces },
        closed,
    };
    const coordinator = new Coordinator("m3coordinator", coordinatorArgs, after(setup.start));
    const queryArgs = {
        identity,
        etcdSecret,
        image: images.m3query,
        frontImage: images.node,
        isolation,
        replicas: replicas.query,
        memoryMi: memory.query,
        query: scenario.query,
        tags: scenario.coordinator.tags,
        closed,
    };
    const query = new Query("m3query", queryArgs, after(setup.start));
    const aggregatorArgs = {
        identity,
        etcdSecret,
        image: images.m3aggregator,
        isolation,
        memoryMi: memory.aggregator,
        aggregator: scenario.aggregator,
        namespaces: scenario.m3db.namespaces,
    };
    const aggregator = new Aggregator("m3aggregator", aggregatorArgs, after(setup.start));

    const gateway =
        scenario.identities.length > 0
            ? new Gateway(
                  "m3gateway",
                  {
                      image: images.nginx,
                      namespace,
                      identities: scenario.identities,
                      settings: scenario.gateway,
                      isolation,
                      replicas: scenario.gateway.replicas ?? nodes.withRole("coordinator").length,
                      coordinatorUrl: coordinator.url,
                      queryUrl: query.url,
                      network: scenario.networkPolicies.enabled ? undefined : networkPlan(settings),
                      tls: certificates?.gateway,
                  },
                  after(coordinator, query),
              )
            : undefined;

    if (scenario.generator)
        new Generator(
            "m3load",
            {
                ...scenario.generator,
                namespace,
                image: images.node,
                url: `${coordinator.url}/api/v1/prom/remote/write`,
            },
            after(coordinator, aggregator),
        );

    const observe = new Observe("observe", settings, options);
    new RemoteStorage(
        "prometheus",
        {
            site: site.prometheus,
            settings: scenario.prometheus,
            access: settings.access,
            kubeconfig,
            rules: observe.rulesName,
        },
        after(coordinator, query, aggregator, ...(gateway ? [gateway] : []), ...(observe.rules ? [observe.rules] : [])),
    );

    return describeEnvironment(settings, {
        stack: pulumi.getStack(),
        identity,
        etcd,
        operator,
        cluster,
        coordinator,
        adminCoordinator: admin || undefined,
        query,
        aggregator,
        gateway,
        repository,
        isolationGroups: groups.map(({ name }) => name),
    });
}
