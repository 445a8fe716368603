import assert from "node:assert/strict";
import { placementInstance, podIdentity, sortPods } from "../../../lab/operator/identity.ts";
import { reconcilePod } from "../../../lab/operator/reconcile/pod.ts";
import type { ClusterSpec, M3DBCluster, Node } from "../../../lab/operator/types.ts";
import { makeCluster, makePod, makeWorld } from "./fixtures.ts";

const node: Node = { metadata: { name: "n2" }, spec: { providerID: "lab://n2" } };
const identify = (cluster: M3DBCluster, scheduled = true) => {
    const pod = makePod(cluster, "rep0", "m3-cluster-rep0-0", "1111-2222");
    return podIdentity(cluster, scheduled ? { ...pod, spec: { nodeName: "n2" } } : pod, async () => node);
};
const without = (field: keyof ClusterSpec): M3DBCluster => {
    const cluster = makeCluster();
    delete cluster.spec[field];
    return cluster;
};

describe("operator: pod identity and placement instances", () => {
    it("name alone with no sources, name and UID by default", async () => {
        assert.equal(await identify(makeCluster()), '{"name":"m3-cluster-rep0-0"}');
        assert.equal(await identify(without("podIdentityConfig")), '{"name":"m3-cluster-rep0-0","uid":"1111-2222"}');
    });

    it("node sources need a scheduled pod; unknown sources are refused", async () => {
        const sources = (...names: string[]) => makeCluster({ podIdentityConfig: { sources: names } });
        assert.equal(
            await identify(sources("NodeName", "NodeSpecProviderID")),
            '{"name":"m3-cluster-rep0-0","nodeName":"n2","nodeProviderID":"lab://n2"}',
        );
        await assert.rejects(identify(sources("NodeName"), false), /not yet scheduled/);
        await assert.rejects(identify(sources("NodeSpecExternalID")), /no external ID/);
        await assert.rejects(identify(sources("PodIP")), /unrecognized pod identity source PodIP/);
    });

    it("the placement instance, field by field", async () => {
        const cluster = makeCluster();
        const pod = makePod(cluster, "rep1", "m3-cluster-rep1-0");
        assert.deepEqual(placementInstance(cluster, pod, '{"name":"m3-cluster-rep1-0"}'), {
            id: '{"name":"m3-cluster-rep1-0"}',
            isolation_group: "rep1",
            zone: "embedded",
            weight: 100,
            endpoint: "m3-cluster-rep1-0.m3dbnode-m3-cluster:9000",
            hostname: "m3-cluster-rep1-0.m3dbnode-m3-cluster",
            port: 9000,
        });
    });

    it("zone and endpoint format of the spec", () => {
        const format = "{{ .PodName }}.{{ .M3DBService }}.{{ .PodNamespace }}:{{ .Port }}";
        const cluster = makeCluster({ zone: "east", nodeEndpointFormat: format });
        const instance = placementInstance(cluster, makePod(cluster, "rep0", "m3-cluster-rep0-0"), "x");
        assert.equal(instance.zone, "east");
        assert.equal(instance.endpoint, "m3-cluster-rep0-0.m3dbnode-m3-cluster.m3db:9000");
        const wrong = makeCluster({ nodeEndpointFormat: "{{ .Nothing }}" });
        assert.throws(() => placementInstance(wrong, makePod(wrong, "rep0", "m3-cluster-rep0-0"), "x"), /template/);
    });

    it("pods are sorted by ordinal, not by text", () => {
        const cluster = makeCluster();
        const pods = [10, 2, 0].map((ordinal) => makePod(cluster, "rep0", `m3-cluster-rep0-${ordinal}`));
        assert.deepEqual(
            sortPods(pods).map(({ metadata }) => metadata.name),
            ["m3-cluster-rep0-0", "m3-cluster-rep0-2", "m3-cluster-rep0-10"],
        );
    });

    it("writes the identity to a pod, once, and never to another's", async () => {
        const cluster = makeCluster();
        const world = makeWorld(cluster);
        const pod = makePod(cluster, "rep0", "m3-cluster-rep0-0");
        world.kube.put("pods", pod);
        await reconcilePod(world.context, pod);
        const annotation = '{"operator.m3db.io/pod-identity":"{\\"name\\":\\"m3-cluster-rep0-0\\"}"}';
        assert.deepEqual(world.journal, [
            `kube patch pods m3-cluster-rep0-0 {"metadata":{"annotations":${annotation}}}`,
            "event Normal m3-cluster-rep0-0 SuccessfulSync: updated pod m3-cluster-rep0-0 with ID annotation",
        ]);
        const annotated = await world.kube.get("pods", "m3db", "m3-cluster-rep0-0");
        assert.ok(annotated);
        world.journal.length = 0;
        await reconcilePod(world.context, annotated);
        annotated.metadata.annotations = { "operator.m3db.io/pod-identity": "something else" };
        await reconcilePod(world.context, annotated);
        await reconcilePod(world.context, { metadata: { name: "other", namespace: "m3db", labels: { app: "etcd" } } });
        assert.deepEqual(world.journal, []);
    });

    it("a pod of a cluster that is not there is an error, nothing else", async () => {
        const world = makeWorld(makeCluster());
        const stray = makePod(makeCluster(), "rep0", "m3-cluster-rep0-0");
        stray.metadata.labels = { ...stray.metadata.labels, "operator.m3db.io/cluster": "gone" };
        await assert.rejects(reconcilePod(world.context, stray), /m3db\/gone of pod m3-cluster-rep0-0 not found/);
        assert.deepEqual(world.journal, []);
    });
});
