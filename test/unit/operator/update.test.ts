import assert from "node:assert/strict";
import { isDerivative, quantity } from "../../../lab/operator/derivative.ts";
import { reconcileCluster } from "../../../lab/operator/reconcile/cluster.ts";
import type { ClusterSpec, StatefulSet } from "../../../lab/operator/types.ts";
import { makeCluster, makePod, makeWorld, readySets, type World } from "./fixtures.ts";

const update = "operator.m3db.io/update";
const parallel = "operator.m3db.io/parallel-update";
const progress = "operator.m3db.io/parallel-update-in-progress";

async function sync(world: World): Promise<string[]> {
    world.journal.length = 0;
    await reconcileCluster(world.context, await world.cluster());
    return world.journal.filter((line) => line.startsWith("kube"));
}

async function running(spec: Partial<ClusterSpec> = {}): Promise<World> {
    const world = makeWorld(makeCluster(spec));
    for (let step = 0; step < 3; step += 1) await sync(world);
    await readySets(world);
    await sync(world);
    return world;
}

async function change(world: World, spec: Partial<ClusterSpec>): Promise<void> {
    const cluster = await world.cluster();
    world.kube.put("clusters", { ...cluster, spec: { ...cluster.spec, ...spec } });
}

async function setOf(world: World, name: string): Promise<StatefulSet> {
    const set = await world.kube.get("statefulSets", "m3db", name);
    assert.ok(set);
    return set;
}

async function annotate(world: World, name: string, annotation: string, value: string): Promise<void> {
    const set = await setOf(world, name);
    set.metadata.annotations = { ...set.metadata.annotations, [annotation]: value };
    world.kube.put("statefulSets", set);
}

const imageOf = (set: StatefulSet) =>
    (set.spec.template as { spec: { containers: { image: string }[] } }).spec.containers[0]?.image;

describe("operator: updates of StatefulSets", () => {
    it("a changed spec alone changes nothing", async () => {
        const world = await running();
        await change(world, { image: "quay.io/m3db/m3dbnode:v1.5.1" });
        assert.deepEqual(await sync(world), []);
    });

    it("annotated sets are updated one at a time, each when the one before is ready", async () => {
        const world = await running();
        await change(world, { image: "quay.io/m3db/m3dbnode:v1.5.1", labels: { team: "metrics" } });
        await annotate(world, "m3-cluster-rep0", update, "enabled");
        await annotate(world, "m3-cluster-rep0", "kept-by", "someone");
        await annotate(world, "m3-cluster-rep1", update, "enabled");
        // The label selector of the children has the new label too: without it they would not be found.
        for (const name of ["m3-cluster-rep0", "m3-cluster-rep1", "m3-cluster-rep2"]) {
            const set = await setOf(world, name);
            set.metadata.labels = { ...set.metadata.labels, team: "metrics" };
            world.kube.put("statefulSets", set);
        }
        assert.deepEqual(await sync(world), ["kube replace statefulSets m3-cluster-rep0"]);
        const set = await setOf(world, "m3-cluster-rep0");
        assert.equal(imageOf(set), "quay.io/m3db/m3dbnode:v1.5.1");
        assert.equal(set.metadata.annotations?.[update], undefined);
        assert.equal(set.metadata.annotations?.["kept-by"], "someone");
        assert.equal(set.metadata.annotations?.["operator.m3db.io/cluster"], "m3-cluster");
        assert.equal(set.metadata.uid, "uid-m3-cluster-rep0");

        set.status = { ...set.status, updatedReplicas: 0, updateRevision: "m3-cluster-rep0-2" };
        world.kube.put("statefulSets", set);
        assert.deepEqual(await sync(world), []);
        await readySets(world);
        assert.deepEqual(await sync(world), ["kube replace statefulSets m3-cluster-rep1"]);
        await readySets(world);
        assert.deepEqual(await sync(world), []);
        assert.equal(imageOf(await setOf(world, "m3-cluster-rep2")), "quay.io/m3db/m3dbnode:v1.5.0");
    });

    it("with nothing to change, the annotation alone goes", async () => {
        const world = await running();
        await annotate(world, "m3-cluster-rep2", update, "enabled");
        assert.deepEqual(await sync(world), ["kube replace statefulSets m3-cluster-rep2"]);
        const set = await setOf(world, "m3-cluster-rep2");
        assert.equal(set.metadata.annotations?.[update], undefined);
        assert.equal(imageOf(set), "quay.io/m3db/m3dbnode:v1.5.0");
    });

    it("an update never changes the number of replicas", async () => {
        const world = await running();
        const groups = (await world.cluster()).spec.isolationGroups ?? [];
        const isolationGroups = groups.map((group) => ({ ...group, numInstances: 2 }));
        await change(world, { image: "quay.io/m3db/m3dbnode:v1.5.1", isolationGroups });
        await annotate(world, "m3-cluster-rep0", update, "enabled");
        await sync(world);
        assert.equal((await setOf(world, "m3-cluster-rep0")).spec.replicas, 1);
    });

    it("only the value enabled counts; a parallel update needs a count", async () => {
        const world = await running();
        await change(world, { image: "quay.io/m3db/m3dbnode:v1.5.1" });
        await annotate(world, "m3-cluster-rep0", update, "yes");
        assert.deepEqual(await sync(world), []);
        await annotate(world, "m3-cluster-rep0", parallel, "0");
        await assert.rejects(sync(world), /parallel update value invalid: 0/);
        await annotate(world, "m3-cluster-rep0", parallel, "many");
        await assert.rejects(sync(world), /parallel update value invalid: many/);
    });

    it("OnDelete: pods of older revisions are deleted, as many at a time as annotated", async () => {
        const groups = ["rep0", "rep1", "rep2"].map((name) => ({ name, numInstances: 3 }));
        const world = await running({ onDeleteUpdateStrategy: true, isolationGroups: groups });
        const revise = async (name: string, revision: string) => {
            const pod = makePod(await world.cluster(), name.replace(/^m3-cluster-|-\d$/g, ""), name);
            pod.metadata.labels = { ...pod.metadata.labels, "controller-revision-hash": revision };
            world.kube.put("pods", pod);
        };
        for (const ordinal of [0, 1, 2]) await revise(`m3-cluster-rep0-${ordinal}`, "m3-cluster-rep0-1");
        await change(world, { image: "quay.io/m3db/m3dbnode:v1.5.1" });
        await annotate(world, "m3-cluster-rep0", parallel, "2");
        assert.deepEqual(await sync(world), ["kube replace statefulSets m3-cluster-rep0"]);
        const set = await setOf(world, "m3-cluster-rep0");
        assert.equal(set.metadata.annotations?.[progress], "2");
        assert.equal(set.metadata.annotations?.[parallel], undefined);
        world.kube.put("statefulSets", { ...set, status: { ...set.status, updateRevision: "m3-cluster-rep0-2" } });
        assert.deepEqual(await sync(world), [
            "kube delete pods m3-cluster-rep0-0",
            "kube delete pods m3-cluster-rep0-1",
        ]);
        for (const ordinal of [0, 1]) await revise(`m3-cluster-rep0-${ordinal}`, "m3-cluster-rep0-2");
        assert.deepEqual(await sync(world), ["kube delete pods m3-cluster-rep0-2"]);
        await revise("m3-cluster-rep0-2", "m3-cluster-rep0-2");
        assert.deepEqual(await sync(world), [
            `kube patch statefulSets m3-cluster-rep0 {"metadata":{"annotations":{"${progress}":null}}}`,
        ]);
        assert.deepEqual(await sync(world), []);
    });
});

describe("operator: comparison with what the API server made of it", () => {
    it("defaults are no difference, changed values are", () => {
        const wanted = { a: 1, list: [{ name: "x" }], empty: {}, no: false, none: "" };
        const actual = { a: 1, list: [{ name: "x", protocol: "TCP" }], empty: { defaulted: 1 }, no: true, none: "set" };
        assert.equal(isDerivative(wanted, actual), true);
        assert.equal(isDerivative({ ...wanted, a: 2 }, actual), false);
        assert.equal(isDerivative({ list: [{ name: "x" }, { name: "y" }] }, actual), false);
        assert.equal(isDerivative({ list: [{ name: "y" }] }, actual), false);
        // apimachinery's DeepDerivative: a list that became shorter, and kept its beginning, is no difference.
        assert.equal(isDerivative({ list: ["a"] }, { list: ["a", "b"] }), true);
        assert.equal(isDerivative({ list: ["b"] }, { list: ["a", "b"] }), false);
        assert.equal(isDerivative({ missing: { a: "b" } }, actual), false);
    });

    it("quantities are compared by value", () => {
        const resources = (memory: unknown, cpu: unknown) => ({ resources: { limits: { memory, cpu } } });
        assert.equal(isDerivative(resources("1024Mi", 0.5), resources("1Gi", "500m")), true);
        assert.equal(isDerivative(resources("1Gi", 1), resources("1Gi", "2")), false);
        assert.equal(isDerivative({ name: "1024Mi" }, { name: "1Gi" }), false);
        assert.equal(quantity("1e3"), 1000);
        assert.equal(quantity("100m"), 0.1);
        assert.equal(quantity("ten"), undefined);
    });
});
