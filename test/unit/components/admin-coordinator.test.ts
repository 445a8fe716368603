import assert from "node:assert/strict";
import { parse } from "yaml";
import { adminDeployment, adminService } from "../../../components/m3/admin-manifests.ts";
import { m3dbCluster, m3dbSelector } from "../../../components/m3/cluster-manifests.ts";
import { adminConfig } from "../../../components/m3/config/admin.ts";
import { configFile } from "../../../components/m3/config/file.ts";
import { adminEndpoint, adminUrl, m3Identity } from "../../../components/m3/identity.ts";
import { operatorStatefulSet } from "../../../components/m3/operator-manifests.ts";
import { setupPlan } from "../../../components/m3/setup-manifests.ts";
import { looseAsks } from "../../../settings/demand.ts";
import type { Environment } from "../../../settings/environment.ts";
import { scenarioSchema } from "../../../settings/scenario.ts";
import { fixedSize } from "../../../settings/sizing.ts";
import { type Registered, runWithMocks } from "../../support/pulumi-mocks.ts";
import { clusterPlan } from "./m3db-plan.ts";

const identity = m3Identity("m3db", ["http://etcd-0.etcd.m3db:2379"]);
const plan = clusterPlan();

describe("externalCoordinator", () => {
    it("is in the M3DBCluster only where it is asked for, its endpoint without http://", () => {
        assert.equal("externalCoordinator" in m3dbCluster(plan).spec, false);
        assert.equal("externalCoordinator" in m3dbCluster({ ...plan, externalCoordinator: false }).spec, false);
        const { spec } = m3dbCluster({ ...plan, externalCoordinator: true });
        assert.deepEqual(spec.externalCoordinator, {
            selector: m3dbSelector(plan.identity),
            serviceEndpoint: "m3admin.m3db:7201",
        });
    });

    it("changes nothing else of the M3DBCluster", () => {
        const { externalCoordinator: _, ...spec } = m3dbCluster({ ...plan, externalCoordinator: true }).spec;
        assert.deepEqual(spec, m3dbCluster(plan).spec);
    });

    it("is off by default", () => assert.equal(scenarioSchema.parse({}).m3db.externalCoordinator, false));

    it("moves the admin calls of the set-up, which then makes the namespaces ready", () => {
        const args = {
            identity,
            image: "image",
            instances: 3,
            namespaces: ["default"],
            aggregator: { shards: 64, replicas: 1 },
        };
        const off = setupPlan(args);
        const on = setupPlan({ ...args, externalCoordinator: true });
        assert.deepEqual([off.url, off.makeReady], ["http://m3coordinator-m3-cluster.m3db:7201", undefined]);
        assert.deepEqual([on.url, on.makeReady], ["http://m3admin.m3db:7201", true]);
        assert.equal(adminUrl(identity, true), `http://${adminEndpoint(identity)}`);
    });

    it("is counted where pods go to any node", () => {
        const of = (on: boolean) => looseAsks(scenarioSchema.parse({ m3db: { externalCoordinator: on } }));
        assert.deepEqual(of(true).slice(-1), [
            { what: "admin coordinator", memoryMi: fixedSize.adminCoordinator.memoryMi, cpuMilli: 50 },
        ]);
        assert.equal(of(false).length, of(true).length - 1);
    });
});

describe("the admin coordinator", () => {
    it("does admin work only, for this cluster's environment, and starts with nothing there", () => {
        const config = parse(configFile(adminConfig(identity)));
        for (const absent of ["downsample", "ingest", "filter"]) assert.equal(config[absent], undefined, absent);
        const [cluster, ...more] = config.clusters;
        assert.deepEqual(more, []);
        assert.equal(cluster.namespaces, undefined, "static namespaces would be called ready unseen");
        const { env, service, etcdClusters } = cluster.client.config.services[0].service;
        assert.deepEqual([env, service], ["m3db/m3-cluster", "m3db"]);
        assert.deepEqual(etcdClusters, [{ zone: "embedded", endpoints: identity.etcdEndpoints }]);
    });

    it("is Ready when it answers an admin call of this environment", () => {
        const container = adminDeployment(identity, "image", "m3admin-config").spec.template.spec.containers[0];
        assert.deepEqual(container?.readinessProbe.httpGet, {
            path: "/api/v1/services/m3db/namespace",
            port: 7201,
            httpHeaders: [{ name: "Cluster-Environment-Name", value: "m3db/m3-cluster" }],
        });
    });

    it("goes to a node that is for nothing else of ours, where there is one: it starts before those that need theirs", () => {
        const pods = [adminDeployment(identity, "image", "c"), operatorStatefulSet("m3db", "image")];
        for (const { spec } of pods) {
            const [term] = spec.template.spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution;
            assert.deepEqual(
                term?.preference.matchExpressions.map(({ key, operator }) => `${key} ${operator}`),
                ["m3db", "coordinator", "aggregator"].map((role) => `m3perf.io/role-${role} DoesNotExist`),
            );
        }
    });

    it("is never away during its own update", () => {
        const { strategy } = adminDeployment(identity, "image", "m3admin-config").spec;
        assert.deepEqual(strategy.rollingUpdate, { maxSurge: 1, maxUnavailable: 0 });
    });

    it("holds to the Pod Security profile as M3's other services do, with memory reserved in full", () => {
        const { template } = adminDeployment(identity, "image", "m3admin-config").spec;
        assert.equal(template.spec.automountServiceAccountToken, false);
        assert.equal(template.spec.securityContext.runAsNonRoot, true);
        const container = template.spec.containers[0];
        assert.deepEqual(container?.securityContext, {
            allowPrivilegeEscalation: false,
            capabilities: { drop: ["ALL"] },
            readOnlyRootFilesystem: true,
        });
        assert.equal(container?.resources.limits.memory, container?.resources.requests.memory);
    });

    it("is found by the name in the M3DBCluster, inside the cluster only", () => {
        const { metadata, spec } = adminService(identity);
        assert.equal(`${metadata.name}.${metadata.namespace}:${spec.ports[0]?.port}`, adminEndpoint(identity));
        assert.equal(spec.type, "ClusterIP");
        assert.deepEqual(spec.selector, { app: "m3admin" });
        assert.equal(adminDeployment(identity, "image", "c").spec.template.metadata.labels.app, "m3admin");
    });
});

describe("the program with externalCoordinator", () => {
    let resources: Map<string, Registered>;
    let environment: Environment;
    const get = (name: string): Registered => {
        const found = resources.get(name);
        assert.ok(found, name);
        return found;
    };

    before(async () => {
        const config = {
            "m3perf:site": "test/unit/components/site.yaml",
            "m3perf:m3db": JSON.stringify({ externalCoordinator: true }),
        };
        const program = "../../../index.ts?external"; // an instance of its own: a program runs when it is imported
        const run = () => import(program) as Promise<{ environment: Environment }>;
        const seen = await runWithMocks(config, run, (name, inputs) => ({
            ...inputs,
            metadata: { name: `${name}-0a1b2c3d`, ...(inputs.metadata as object) },
        }));
        resources = seen.resources;
        environment = seen.result.environment;
    });

    it("gives the M3DBCluster to the operator only when the admin coordinator serves", () => {
        const cluster = get("m3-cluster");
        for (const name of ["m3admin-workload", "m3admin-service"])
            assert.ok(cluster.dependsOn.includes(name), `${cluster.dependsOn}`);
        assert.ok(get("m3admin").dependsOn.includes("etcd-members"));
    });

    it("tells operations of it, so that verify looks after its pod", () => {
        assert.deepEqual(environment.adminCoordinator, {
            service: "m3admin",
            url: "http://m3admin.m3db:7201",
            workload: { kind: "Deployment", name: "m3admin", replicas: 1, selector: { app: "m3admin" } },
        });
    });
});
