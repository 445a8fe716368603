import assert from "node:assert/strict";
import { runController } from "../../../lab/operator/controller.ts";
import { KubeClient } from "../../../lab/operator/kube/client.ts";
import { createLog } from "../../../lab/operator/log.ts";
import { coordinatorUrl, m3Admin } from "../../../lab/operator/m3admin.ts";
import type { ConfigMap, M3DBCluster, Service } from "../../../lab/operator/types.ts";
import { type ApiServer, startApiServer } from "../../support/apiserver.ts";
import { installDefinition, operatorToken, TestCluster } from "./cluster.ts";
import { FakeCoordinator } from "./coordinator.ts";

/** The substitute against a real API server and its controllers, with the RBAC that the program grants. */
describe("operator: on a real API server", function () {
    this.timeout(60_000);
    let api: ApiServer;
    let token: string;
    const coordinator = new FakeCoordinator();
    /** The log of the running test; `written` is all of it. */
    const lines: string[] = [];
    let written = "";
    const stopping = new AbortController();
    let controller: Promise<void>;
    const clusters: TestCluster[] = [];

    before(async () => {
        api = await startApiServer();
        await installDefinition(api);
        token = await operatorToken(api);
        await coordinator.start();
        const log = createLog({ debug: true, humanTime: true, devel: false }, (line) => {
            lines.push(line);
            written += line;
        });
        // Its own service has no address here: the fake coordinator stands for it; external endpoints are really used.
        const url = (cluster: M3DBCluster) =>
            cluster.spec.externalCoordinator ? coordinatorUrl(cluster) : `http://${coordinator.address}`;
        controller = runController({
            kube: new KubeClient({ server: new URL(api.url), ca: api.authority, token: async () => token }),
            m3: (cluster) => m3Admin(cluster, { url, log, retryAfter: [0.1, 0.2, 0.2, 0.2] }),
            log,
            signal: stopping.signal,
        });
    });

    after(async () => {
        stopping.abort();
        await controller;
        for (const cluster of clusters) await cluster.stop();
        await coordinator.stop();
        await api.stop();
    });

    afterEach(function () {
        if (this.currentTest?.state === "failed") console.error(lines.slice(-30).join(""));
        lines.length = 0;
    });

    async function start(namespace: string, spec: Partial<M3DBCluster["spec"]> = {}): Promise<TestCluster> {
        coordinator.calls.length = 0;
        coordinator.instances = undefined;
        coordinator.namespaces = {};
        const cluster = new TestCluster(api, namespace);
        clusters.push(cluster);
        await cluster.create(spec);
        return cluster;
    }

    it("from nothing to bootstrapped, in 0.14's order", async () => {
        coordinator.notReady = 2;
        const cluster = await start("create");
        await cluster.bootstrapped();
        assert.deepEqual(coordinator.calls.slice(0, 10), [
            "GET placement (404)",
            "POST placement/init",
            "GET namespace",
            "POST namespace",
            "POST namespace",
            "POST namespace/ready (500)",
            "POST namespace/ready (500)",
            "POST namespace/ready",
            "POST namespace/ready",
            "GET placement",
        ]);
        assert.deepEqual([...coordinator.environments], ["create/m3-cluster"]);
        const ids = Object.entries(coordinator.instances ?? {}).map(([id, { endpoint }]) => [id, endpoint]);
        assert.deepEqual(ids, [
            ['{"name":"m3-cluster-rep0-0"}', "m3-cluster-rep0-0.m3dbnode-m3-cluster:9000"],
            ['{"name":"m3-cluster-rep1-0"}', "m3-cluster-rep1-0.m3dbnode-m3-cluster:9000"],
            ['{"name":"m3-cluster-rep2-0"}', "m3-cluster-rep2-0.m3dbnode-m3-cluster:9000"],
        ]);
        const states = Object.values(coordinator.namespaces).map(({ stagingState }) => stagingState.status);
        assert.deepEqual(states, ["READY", "READY"]);
    });

    it("what the API server keeps of it", async () => {
        const cluster = clusters[0];
        assert.ok(cluster);
        const self = await cluster.get();
        assert.ok(self);
        assert.deepEqual(self.metadata.finalizers, ["operator.m3db.io/etcd-deletion"]);
        const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
        const [initialized, bootstrapping] = self.status?.conditions ?? [];
        assert.match(initialized?.lastUpdateTime ?? "", at);
        assert.match(bootstrapping?.lastTransitionTime ?? "", at);
        assert.deepEqual(
            [initialized, bootstrapping].map((one) => [one?.type, one?.status, one?.reason, one?.message]),
            [
                ["PlacementInitialized", "True", "PlacementCreated", "Created placement"],
                ["PodsBootstrapping", "False", "BootstrapComplete", "no bootstraps in progress"],
            ],
        );
        assert.equal(initialized?.lastTransitionTime, undefined);

        const reference = {
            apiVersion: "operator.m3db.io/v1alpha1",
            kind: "m3dbcluster",
            name: "m3-cluster",
            uid: self.metadata.uid,
            controller: true,
            blockOwnerDeletion: true,
        };
        const core = "/api/v1/namespaces/create";
        const config = await cluster.read<ConfigMap>(`${core}/configmaps/m3db-config-map-m3-cluster`);
        const nodes = await cluster.read<Service>(`${core}/services/m3dbnode-m3-cluster`);
        const admin = await cluster.read<Service>(`${core}/services/m3coordinator-m3-cluster`);
        const set = await cluster.set("m3-cluster-rep1");
        for (const object of [config, nodes, admin, set]) {
            assert.deepEqual(object?.metadata.ownerReferences, [reference]);
        }
        assert.match(config.data?.["m3.yml"] ?? "", /env: "create\/m3-cluster"/);
        assert.equal(nodes.spec.clusterIP, "None");
        assert.equal(nodes.spec.publishNotReadyAddresses, true);
        assert.deepEqual(
            (admin.spec.ports as { port: number; targetPort: number }[]).map(({ port, targetPort }) => [
                port,
                targetPort,
            ]),
            [
                [7201, 7201],
                [7203, 7203],
            ],
        );
        assert.equal(set?.spec.podManagementPolicy, "Parallel");
        assert.deepEqual(set?.spec.persistentVolumeClaimRetentionPolicy, {
            whenDeleted: "Retain",
            whenScaled: "Retain",
        });
        for (const pod of await cluster.pods()) {
            assert.equal(
                pod.metadata.annotations?.["operator.m3db.io/pod-identity"],
                JSON.stringify({ name: pod.metadata.name }),
            );
        }
        const events = await cluster.events();
        for (const event of [
            "Normal Creating: created namespace default",
            "Normal Creating: created namespace metrics-10s_2d",
            "Normal SuccessfulSync: updated pod m3-cluster-rep0-0 with ID annotation",
        ]) {
            assert.ok(events.includes(event), `${event} is not in ${events.join("\n")}`);
        }
    });

    it("takes no field but the finalizers from whoever applied the cluster", async () => {
        const self = await clusters[0]?.get();
        const { managedFields = [] } = (self?.metadata ?? {}) as {
            managedFields?: { manager: string; subresource?: string; fieldsV1: Record<string, object> }[];
        };
        const own = managedFields.filter(({ manager }) => manager === "m3db-operator");
        assert.deepEqual(
            own.map(({ subresource = "", fieldsV1 }) => [subresource, Object.keys(fieldsV1).join()]),
            [
                ["", "f:metadata"],
                ["status", "f:status"],
            ],
        );
        const options = (self?.spec.namespaces?.[0]?.options ?? {}) as { repairEnabled?: boolean };
        assert.equal(options.repairEnabled, false); // the real operator would have dropped it
    });

    it("a namespace of the spec is added, another one pruned", async () => {
        const [cluster] = clusters;
        assert.ok(cluster);
        const kept = (await cluster.get())?.spec.namespaces?.[0];
        await cluster.patch({ spec: { namespaces: [kept, { name: "long", preset: "1m:40d" }] } });
        await cluster.until(
            "the new namespace",
            async () => coordinator.namespaces.long?.stagingState.status === "READY",
        );
        assert.deepEqual(Object.keys(coordinator.namespaces).sort(), ["default", "long"]);
        await cluster.until("the events", async () => {
            const events = await cluster.events();
            return events.includes("Normal Deleting: deleted namespace metrics-10s_2d");
        });
    });

    it("an annotated StatefulSet takes the new image, and the annotation goes", async () => {
        const [cluster] = clusters;
        assert.ok(cluster);
        await cluster.patch({ spec: { image: "quay.io/m3db/m3dbnode:v1.5.1" } });
        await cluster.annotateSet("m3-cluster-rep1", { "operator.m3db.io/update": "enabled" });
        const imageOf = async (name: string) => {
            const template = (await cluster.set(name))?.spec.template as { spec: { containers: { image: string }[] } };
            return template.spec.containers[0]?.image;
        };
        await cluster.until("the update", async () => {
            const set = await cluster.set("m3-cluster-rep1");
            return set?.metadata.annotations?.["operator.m3db.io/update"] === undefined;
        });
        assert.equal(await imageOf("m3-cluster-rep1"), "quay.io/m3db/m3dbnode:v1.5.1");
        assert.equal(await imageOf("m3-cluster-rep0"), "quay.io/m3db/m3dbnode:v1.5.0");
        await cluster.until("the rolled pod", async () => {
            const { status } = (await cluster.set("m3-cluster-rep1")) ?? {};
            return status?.updatedReplicas === 1 && status.readyReplicas === 1;
        });
        // A second annotation with nothing to change: no difference is seen after the API server's defaults.
        await cluster.patch({ spec: { image: "quay.io/m3db/m3dbnode:v1.5.0" } });
        // An annotation that it sees before the new spec is answered with the old one (rolling.ts asks again then).
        const generation = (await cluster.get())?.metadata.generation;
        await cluster.until("the operator to know the new spec", async () =>
            lines.some((line) => line.includes("nothing to do") && line.includes(`"generation":${generation}`)),
        );
        await cluster.annotateSet("m3-cluster-rep0", { "operator.m3db.io/update": "enabled" });
        await cluster.until("the annotation to go", async () => {
            const set = await cluster.set("m3-cluster-rep0");
            return set?.metadata.annotations?.["operator.m3db.io/update"] === undefined;
        });
        assert.equal((await cluster.set("m3-cluster-rep0"))?.metadata.generation, 1);
    });

    it("grows and shrinks a group", async () => {
        const [cluster] = clusters;
        assert.ok(cluster);
        const resize = async (size: number) => {
            const groups = (await cluster.get())?.spec.isolationGroups ?? [];
            const [first, ...others] = groups;
            assert.ok(first);
            await cluster.patch({ spec: { isolationGroups: [{ ...first, numInstances: size }, ...others] } });
        };
        await resize(2);
        const added = '{"name":"m3-cluster-rep0-1"}';
        await cluster.until("the new instance", async () => coordinator.instances?.[added]);
        assert.equal((await cluster.conditions()).PodsBootstrapping, "True");
        coordinator.settle();
        await cluster.patch({ metadata: { annotations: { woken: "1" } } });
        await cluster.bootstrapped();
        await resize(1);
        await cluster.until("the instance to go", async () => !coordinator.instances?.[added]);
        // Nothing in Kubernetes changed by that, so nothing but the resync would go on here; a db node's readiness would.
        await cluster.patch({ metadata: { annotations: { woken: "2" } } });
        await cluster.until("one pod", async () => (await cluster.set("m3-cluster-rep0"))?.status?.replicas === 1);
        assert.deepEqual(Object.keys(coordinator.instances ?? {}).length, 3);
        assert.ok(coordinator.calls.includes(`DELETE placement/${added}`));
    });

    it("deletion clears etcd, then lets the cluster go", async () => {
        const [cluster] = clusters;
        assert.ok(cluster);
        await cluster.delete();
        await cluster.until("the cluster to go", async () => (await cluster.get()) === undefined);
        assert.deepEqual(coordinator.calls.slice(-5), [
            "GET namespace",
            "DELETE namespace/default",
            "DELETE namespace/long",
            "GET placement",
            "DELETE placement",
        ]);
    });

    it("a re-created pod is another instance by default", async () => {
        const cluster = await start("identity", { podIdentityConfig: { sources: ["PodUID"] } });
        await cluster.bootstrapped();
        const before = Object.keys(coordinator.instances ?? {}).find((id) => id.includes("rep2"));
        assert.match(before ?? "", /^\{"name":"m3-cluster-rep2-0","uid":"[0-9a-f-]{36}"\}$/);
        await cluster.deletePod("m3-cluster-rep2-0");
        const after = await cluster.until("the replacement", async () => {
            const id = Object.keys(coordinator.instances ?? {}).find((other) => other.includes("rep2"));
            return id !== before && id;
        });
        assert.match(after, /^\{"name":"m3-cluster-rep2-0","uid":"[0-9a-f-]{36}"\}$/);
        const replaced = `Normal SuccessfulUpdate: successfully replaced instance: ${before}`;
        await cluster.until("its event", async () => (await cluster.events()).includes(replaced));
        coordinator.settle();
        await cluster.delete();
        await cluster.until("the cluster to go", async () => (await cluster.get()) === undefined);
    });

    it("external coordinator not serving: an error, no retry when it comes up; an annotation wakes it; never ready", async () => {
        await coordinator.stop();
        const endpoint = { serviceEndpoint: coordinator.address, selector: { app: "m3coordinator" } };
        const cluster = await start("external", { externalCoordinator: endpoint });
        await cluster.until("the failed sync", async () => lines.some((line) => line.includes("(after 5 tries)")));
        const admin = await cluster.read<Service>("/api/v1/namespaces/external/services/m3coordinator-m3-cluster");
        assert.deepEqual(admin.spec.selector, { app: "m3coordinator" });
        // Events of the StatefulSets' last steps may still bring a sync; then nothing wakes it any more.
        let before = -1;
        await cluster.until("quiet", async () => {
            const count = lines.filter((line) => line.includes("m3 did not answer")).length;
            const quiet = count === before;
            before = count;
            await new Promise((resolve) => setTimeout(resolve, 1500));
            return quiet;
        });
        await coordinator.start();
        await new Promise((resolve) => setTimeout(resolve, 1000));
        assert.equal(coordinator.calls.length, 0);
        await cluster.patch({ metadata: { annotations: { woken: "1" } } });
        await cluster.bootstrapped();
        assert.ok(!coordinator.calls.some((call) => call.includes("ready")));
        const states = Object.values(coordinator.namespaces).map(({ stagingState }) => stagingState.status);
        assert.deepEqual(states, ["UNKNOWN", "UNKNOWN"]);
        await cluster.patch({ spec: { externalCoordinator: null } });
        await cluster.until("READY namespaces", async () =>
            Object.values(coordinator.namespaces).every(({ stagingState }) => stagingState.status === "READY"),
        );
    });

    it("with no coordinator a deletion sticks; keepEtcdDataOnDelete frees it", async () => {
        const cluster = clusters.at(-1);
        assert.ok(cluster);
        lines.length = 0;
        await coordinator.stop();
        await cluster.delete();
        await cluster.until("the failed sync", async () => lines.some((line) => line.includes("(after 5 tries)")));
        assert.ok((await cluster.get())?.metadata.deletionTimestamp);
        await cluster.patch({ spec: { keepEtcdDataOnDelete: true } });
        await cluster.until("the cluster to go", async () => (await cluster.get()) === undefined);
        await coordinator.start();
        assert.equal(Object.keys(coordinator.namespaces).length, 2);
    });

    it("goes on after the API server was away", async () => {
        await api.pause();
        await new Promise((resolve) => setTimeout(resolve, 500));
        await api.resume();
        const cluster = await start("resumed");
        await cluster.bootstrapped();
        await cluster.delete();
        await cluster.until("the cluster to go", async () => (await cluster.get()) === undefined);
    });

    it("logs no token", () => {
        assert.ok(written.length > 10_000);
        assert.ok(!written.includes(token));
    });
});
