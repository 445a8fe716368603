import assert from "node:assert/strict";
import { reconcileCluster } from "../../../lab/operator/reconcile/cluster.ts";
import type { M3DBCluster } from "../../../lab/operator/types.ts";
import { makeCluster, makePod, makeWorld, readySets, type World } from "./fixtures.ts";

const external = { selector: { app: "m3coordinator" }, serviceEndpoint: "m3coordinator.m3db:7201" };

async function sync(world: World): Promise<string[]> {
    world.journal.length = 0;
    await reconcileCluster(world.context, await world.cluster());
    return [...world.journal];
}

/** Syncs until the sets are there, then with all of them ready: what that last sync did. */
async function started(world: World): Promise<string[]> {
    for (let step = 0; step < 3; step += 1) await sync(world);
    await readySets(world);
    return await sync(world);
}

const initialized =
    'kube patch clusters/status m3-cluster {"status":{"conditions":[{"type":"PlacementInitialized","status":"True",' +
    '"lastUpdateTime":"2026-11-23T03:54:58Z","reason":"PlacementCreated","message":"Created placement"}]}}';

describe("operator: order of calls", () => {
    it("objects first, one StatefulSet a sync, and no word to M3 before all are ready", async () => {
        const world = makeWorld(makeCluster());
        assert.deepEqual(await sync(world), [
            'kube patch clusters m3-cluster {"metadata":{"finalizers":["operator.m3db.io/etcd-deletion"],"resourceVersion":"10"}}',
            "kube create configMaps m3db-config-map-m3-cluster",
            "kube create services m3coordinator-m3-cluster",
            "kube create services m3dbnode-m3-cluster",
            "kube create statefulSets m3-cluster-rep0",
        ]);
        assert.deepEqual(await sync(world), ["kube create statefulSets m3-cluster-rep1"]);
        assert.deepEqual(await sync(world), ["kube create statefulSets m3-cluster-rep2"]);
        await assert.rejects(
            sync(world),
            /set m3-cluster-rep0 generation is not up to date \(current: 1, observed: 0\)/,
        );
        await readySets(world);
        const set = await world.kube.get("statefulSets", "m3db", "m3-cluster-rep1");
        assert.ok(set);
        world.kube.put("statefulSets", { ...set, status: { ...set.status, readyReplicas: 0 } });
        assert.deepEqual(await sync(world), []);
        world.kube.put("statefulSets", { ...set, status: { ...set.status, updatedReplicas: 0 } });
        assert.deepEqual(await sync(world), []);
    });

    it("then placement, condition, namespaces, ready, condition; and afterwards nothing", async () => {
        const world = makeWorld(makeCluster());
        for (let step = 0; step < 3; step += 1) await sync(world);
        await readySets(world);
        assert.deepEqual(await sync(world), [
            "m3 GET placement",
            "m3 POST placement/init",
            initialized,
            "m3 GET namespace",
            "m3 POST namespace default",
            "event Normal m3-cluster Creating: created namespace default",
            "m3 POST namespace metrics-10s_2d",
            "event Normal m3-cluster Creating: created namespace metrics-10s_2d",
            "m3 POST namespace/ready default",
            "m3 POST namespace/ready metrics-10s_2d",
            "m3 GET placement",
            "m3 GET placement",
            'kube patch clusters/status m3-cluster {"status":{"conditions":[{"type":"PlacementInitialized",' +
                '"status":"True","lastUpdateTime":"2026-11-23T03:54:58Z","reason":"PlacementCreated",' +
                '"message":"Created placement"},{"type":"PodsBootstrapping","status":"False",' +
                '"lastUpdateTime":"2026-11-23T03:54:58Z","lastTransitionTime":"2026-11-23T03:54:58Z",' +
                '"reason":"BootstrapComplete","message":"no bootstraps in progress"}]}}',
        ]);
        assert.deepEqual(world.m3.requests[0], {
            num_shards: 24,
            replication_factor: 3,
            instances: ["rep0", "rep1", "rep2"].map((group) => ({
                id: `{"name":"m3-cluster-${group}-0"}`,
                isolation_group: group,
                zone: "embedded",
                weight: 100,
                endpoint: `m3-cluster-${group}-0.m3dbnode-m3-cluster:9000`,
                hostname: `m3-cluster-${group}-0.m3dbnode-m3-cluster`,
                port: 9000,
            })),
        });
        assert.deepEqual(await sync(world), ["m3 GET namespace", "m3 GET placement", "m3 GET placement"]);
    });

    it("an existing placement is taken as it is", async () => {
        const world = makeWorld(makeCluster({ namespaces: [] }));
        for (let step = 0; step < 3; step += 1) await sync(world);
        await readySets(world);
        world.m3.instances = [];
        const journal = await sync(world);
        assert.deepEqual(journal.slice(0, 2), ["m3 GET placement", initialized]);
        assert.ok(journal.includes("event Warning m3-cluster Unknown: cluster m3-cluster has no namespaces"));
    });

    it("waits, with an event, while instances are not available", async () => {
        const world = makeWorld(makeCluster());
        world.m3.available = false;
        for (let step = 0; step < 3; step += 1) await sync(world);
        await readySets(world);
        const journal = await sync(world);
        assert.equal(journal.at(-1), "event Warning m3-cluster TimeLongerThanUsual: current unavailable instances: 3");
        assert.equal((await world.cluster()).status?.conditions?.length, 1);
    });

    it("namespaces missing from the spec are pruned before others are made", async () => {
        const world = makeWorld(makeCluster());
        world.m3.registry.set("by-hand", "READY");
        const journal = await started(world);
        const calls = journal.filter((line) => line.startsWith("m3") && line.includes("namespace"));
        assert.deepEqual(calls, [
            "m3 GET namespace",
            "m3 DELETE namespace/by-hand",
            "m3 POST namespace default",
            "m3 POST namespace metrics-10s_2d",
            "m3 POST namespace/ready default",
            "m3 POST namespace/ready metrics-10s_2d",
        ]);
        assert.ok(journal.includes("event Normal m3-cluster Deleting: deleted namespace by-hand"));
    });

    it("an error ends the sync with an event and no further call", async () => {
        const world = makeWorld(makeCluster());
        for (let step = 0; step < 3; step += 1) await sync(world);
        await readySets(world);
        world.m3.onCall = (what) => {
            if (what === "POST namespace metrics-10s_2d") throw new Error("etcd is away");
        };
        await assert.rejects(sync(world), /error creating namespace 'metrics-10s_2d': etcd is away/);
        assert.equal(
            world.journal.at(-1),
            "event Warning m3-cluster FailedToCreate: failed to create namespace: " +
                "error creating namespace 'metrics-10s_2d': etcd is away",
        );
    });

    it("refuses a replication factor that is not the number of groups, before anything is made", async () => {
        const world = makeWorld(makeCluster({ replicationFactor: 2 }));
        await assert.rejects(sync(world), /replication factor is 2 but number of isogroups is 3/);
        assert.equal(world.journal.length, 1);
        assert.match(world.journal[0] ?? "", /^event Warning m3-cluster FailedToSync: replication factor is 2/);
    });

    it("a frozen cluster is left alone", async () => {
        assert.deepEqual(await sync(makeWorld(makeCluster({ frozen: true }))), []);
    });

    it("no finalizer with keepEtcdDataOnDelete; no ConfigMap with one of the spec's own", async () => {
        const world = makeWorld(makeCluster({ keepEtcdDataOnDelete: true, configMapName: "mine" }));
        assert.deepEqual(await sync(world), [
            "kube create services m3coordinator-m3-cluster",
            "kube create services m3dbnode-m3-cluster",
            "kube create statefulSets m3-cluster-rep0",
        ]);
    });

    it("changed etcd endpoints patch the ConfigMap; a refusal is FailedToSync and ends the sync", async () => {
        const world = makeWorld(makeCluster());
        await sync(world);
        const cluster = await world.cluster();
        world.kube.put("clusters", { ...cluster, spec: { ...cluster.spec, etcdEndpoints: ["http://etcd-9:2379"] } });
        world.kube.onChange = (what) => {
            if (what.startsWith("patch configMaps")) throw new Error("forbidden");
        };
        await assert.rejects(sync(world), /forbidden/);
        assert.deepEqual(world.journal, [
            "event Warning m3-cluster FailedToSync: failed to ensure configmap: forbidden",
        ]);
        world.kube.onChange = () => {};
        const [patch] = await sync(world);
        assert.match(patch ?? "", /^kube patch configMaps m3db-config-map-m3-cluster .*http:\/\/etcd-9:2379/);
    });

    it("never touches a ConfigMap or a StatefulSet of another owner", async () => {
        const world = makeWorld(makeCluster());
        world.kube.put("configMaps", { metadata: { name: "m3db-config-map-m3-cluster", namespace: "m3db" }, data: {} });
        await assert.rejects(sync(world), /belongs to something else/);
        const other = makeWorld(makeCluster());
        await started(other);
        const foreign = await other.kube.get("statefulSets", "m3db", "m3-cluster-rep0");
        assert.ok(foreign);
        const [reference] = foreign.metadata.ownerReferences ?? [];
        assert.ok(reference);
        foreign.metadata.ownerReferences = [{ ...reference, uid: "of-an-earlier-cluster" }];
        other.kube.put("statefulSets", foreign);
        // The name is taken, which is not fatal, and nothing else is done.
        assert.deepEqual(await sync(other), ["kube create statefulSets m3-cluster-rep0"]);
    });
});

describe("operator: external coordinator", () => {
    it("makes the namespaces but never readies them", async () => {
        const world = makeWorld(makeCluster({ externalCoordinator: external }));
        const journal = await started(world);
        assert.equal(journal.filter((line) => line.includes("namespace/ready")).length, 0);
        assert.deepEqual([...world.m3.registry.values()], ["UNKNOWN", "UNKNOWN"]);
    });

    it("removing the field readies what is still waiting", async () => {
        const world = makeWorld(makeCluster({ externalCoordinator: external }));
        await started(world);
        const cluster = await world.cluster();
        delete cluster.spec.externalCoordinator;
        world.kube.put("clusters", cluster);
        const journal = await sync(world);
        assert.deepEqual(
            journal.filter((line) => line.includes("ready")),
            ["m3 POST namespace/ready default", "m3 POST namespace/ready metrics-10s_2d"],
        );
    });

    it("a placement made beforehand and unready pods: waits for ever and makes no namespace", async () => {
        const world = makeWorld(makeCluster({ externalCoordinator: external }));
        world.m3.instances = [];
        for (let step = 0; step < 3; step += 1) await sync(world);
        await readySets(world);
        for (const name of ["rep0", "rep1", "rep2"]) {
            const set = await world.kube.get("statefulSets", "m3db", `m3-cluster-${name}`);
            assert.ok(set);
            world.kube.put("statefulSets", { ...set, status: { ...set.status, readyReplicas: 0 } });
        }
        assert.deepEqual(await sync(world), []);
        assert.deepEqual(await sync(world), []);
    });
});

describe("operator: deletion", () => {
    const deleted = (spec: Partial<M3DBCluster["spec"]> = {}): M3DBCluster => {
        const cluster = makeCluster(spec);
        cluster.metadata.deletionTimestamp = "2026-11-23T04:00:00Z";
        cluster.metadata.finalizers = ["someone.else/finalizer", "operator.m3db.io/etcd-deletion"];
        return cluster;
    };
    const released =
        'kube patch clusters m3-cluster {"metadata":{"finalizers":["someone.else/finalizer"],"resourceVersion":"10"}}';

    it("namespaces, then the placement, then the finalizer", async () => {
        const world = makeWorld(deleted());
        world.m3.registry = new Map([
            ["default", "READY"],
            ["by-hand", "READY"],
        ]);
        world.m3.instances = [];
        assert.deepEqual(await sync(world), [
            "m3 GET namespace",
            "m3 DELETE namespace/default",
            "m3 DELETE namespace/by-hand",
            "m3 GET placement",
            "m3 DELETE placement",
            released,
        ]);
    });

    it("with no placement there is none to delete", async () => {
        assert.deepEqual(await sync(makeWorld(deleted())), ["m3 GET namespace", "m3 GET placement", released]);
    });

    it("sticks while no coordinator answers; keepEtcdDataOnDelete frees it", async () => {
        const world = makeWorld(deleted());
        world.m3.onCall = () => {
            throw new Error("no coordinator");
        };
        await assert.rejects(sync(world), /no coordinator/);
        assert.deepEqual(world.journal, []);
        const freed = makeWorld(deleted({ keepEtcdDataOnDelete: true }));
        freed.m3.onCall = world.m3.onCall;
        assert.deepEqual(await sync(freed), [released]);
    });

    it("without the finalizer nothing is done", async () => {
        const cluster = deleted();
        cluster.metadata.finalizers = ["someone.else/finalizer"];
        assert.deepEqual(await sync(makeWorld(cluster)), []);
    });
});

describe("operator: re-created pods", () => {
    it("by default a re-created pod replaces its instance", async () => {
        const cluster = makeCluster();
        delete cluster.spec.podIdentityConfig;
        const world = makeWorld(cluster);
        await started(world);
        world.kube.put("pods", makePod(cluster, "rep1", "m3-cluster-rep1-0", "another-uid"));
        world.m3.available = false;
        const leaving = '{"name":"m3-cluster-rep1-0","uid":"uid-m3-cluster-rep1-0"}';
        const journal = await sync(world);
        const calls = journal.filter((line) => !line.includes("GET")).map((line) => line.replace(/\d{4}-[^"]*Z/g, "T"));
        assert.equal(calls.length, 3);
        assert.match(calls[0] ?? "", /"PodsBootstrapping","status":"True".*"PodReplaced"/);
        assert.match(calls[0] ?? "", /replacing m3-cluster-rep1-0 pod in placement/);
        assert.equal(calls[1], `m3 POST placement/replace ${leaving}`);
        assert.equal(calls[2], `event Normal m3-cluster SuccessfulUpdate: successfully replaced instance: ${leaving}`);
        assert.equal(
            (world.m3.requests.at(-1) as { id: string }).id,
            '{"name":"m3-cluster-rep1-0","uid":"another-uid"}',
        );
        assert.match((await sync(world)).join(), /TimeLongerThanUsual: current unavailable instances: 1/);
    });

    it("with sources: [] it is the same instance", async () => {
        const world = makeWorld(makeCluster());
        await started(world);
        world.kube.put("pods", makePod(makeCluster(), "rep1", "m3-cluster-rep1-0", "another-uid"));
        assert.deepEqual(await sync(world), ["m3 GET namespace", "m3 GET placement", "m3 GET placement"]);
    });

    it("a refused replace is told", async () => {
        const cluster = makeCluster();
        delete cluster.spec.podIdentityConfig;
        const world = makeWorld(cluster);
        await started(world);
        world.kube.put("pods", makePod(cluster, "rep1", "m3-cluster-rep1-0", "another-uid"));
        world.m3.onCall = (what) => {
            if (what.startsWith("POST placement/replace")) throw new Error("refused");
        };
        await assert.rejects(sync(world), /refused/);
        assert.match(world.journal.at(-1) ?? "", /Warning m3-cluster FailedToUpdate: could not replace instance/);
    });
});

describe("operator: sizes", () => {
    const resize = async (world: World, size: number, spec: Partial<M3DBCluster["spec"]> = {}) => {
        const cluster = await world.cluster();
        const [first, ...others] = cluster.spec.isolationGroups ?? [];
        assert.ok(first);
        const isolationGroups = [{ ...first, numInstances: size }, ...others];
        world.kube.put("clusters", { ...cluster, spec: { ...cluster.spec, ...spec, isolationGroups } });
    };
    const changes = (journal: string[]) =>
        journal
            .filter((line) => !line.includes("GET"))
            .map((line) => line.replace(/ \{"status".*"(\w+)","message.*/, " $1"));
    const replicas = (size: number) => `kube patch statefulSets m3-cluster-rep0 {"spec":{"replicas":${size}}}`;

    it("grows: the set pod by pod, then the placement instance by instance, each when all are available", async () => {
        const world = makeWorld(makeCluster());
        await started(world);
        await resize(world, 3);
        assert.deepEqual(changes(await sync(world)), [replicas(2)]);
        await readySets(world);
        assert.deepEqual(changes(await sync(world)), [replicas(3)]);
        await readySets(world);
        world.m3.available = false;
        assert.deepEqual(changes(await sync(world)), [
            "kube patch clusters/status m3-cluster PodAdded",
            'm3 POST placement {"name":"m3-cluster-rep0-1"}',
        ]);
        assert.match((await sync(world)).join(), /TimeLongerThanUsual/);
        world.m3.instances = world.m3.instances?.map((instance) => ({ ...instance, available: true }));
        world.m3.available = true;
        assert.deepEqual(changes(await sync(world)), ['m3 POST placement {"name":"m3-cluster-rep0-2"}']);
        assert.deepEqual(changes(await sync(world)), ["kube patch clusters/status m3-cluster BootstrapComplete"]);
        assert.deepEqual(changes(await sync(world)), []);
    });

    it("shrinks: the placement from the highest ordinal, then the set", async () => {
        const world = makeWorld(makeCluster());
        const cluster = await world.cluster();
        const [first, ...others] = cluster.spec.isolationGroups ?? [];
        assert.ok(first);
        cluster.spec.isolationGroups = [{ ...first, numInstances: 3 }, ...others];
        world.kube.put("clusters", cluster);
        await started(world);
        await resize(world, 1);
        assert.deepEqual(changes(await sync(world)), ['m3 DELETE placement/{"name":"m3-cluster-rep0-2"}']);
        assert.deepEqual(changes(await sync(world)), ['m3 DELETE placement/{"name":"m3-cluster-rep0-1"}']);
        assert.deepEqual(changes(await sync(world)), [replicas(2)]);
        await readySets(world);
        assert.deepEqual(changes(await sync(world)), [replicas(1)]);
        await readySets(world);
        assert.deepEqual(changes(await sync(world)), []);
    });

    it("preventScaleDown keeps every instance", async () => {
        const world = makeWorld(makeCluster());
        const cluster = await world.cluster();
        const [first, ...others] = cluster.spec.isolationGroups ?? [];
        assert.ok(first);
        cluster.spec.isolationGroups = [{ ...first, numInstances: 2 }, ...others];
        world.kube.put("clusters", cluster);
        await started(world);
        await resize(world, 1, { preventScaleDown: true });
        await assert.rejects(sync(world), /cannot remove nodes from m3db\/m3-cluster, preventScaleDown is true/);
        assert.deepEqual(changes(world.journal), []);
    });
});
