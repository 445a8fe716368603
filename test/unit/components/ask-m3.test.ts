import assert from "node:assert/strict";
import type { V1Pod } from "@kubernetes/client-node";
import { askM3 } from "../../../components/nodes/roll/ask-m3.ts";
import type { HttpCall, HttpResponse } from "../../../support/http.ts";

const cluster = { namespace: "m3", name: "c", etcd: { statefulSet: "etcd", members: 3 }, replicationFactor: 3 };
const names = ["etcd-0", "etcd-1", "etcd-2", "c-rep0-0", "c-rep1-0", "c-rep2-0"];
const pod = (name: string, change: { ending?: boolean; node?: string | undefined } = {}): V1Pod => ({
    metadata: { name, ...(change.ending ? { deletionTimestamp: new Date(0) } : {}) },
    spec: { containers: [], ...("node" in change ? {} : { nodeName: `node-of-${name}` }) },
});
const ok = (body: unknown): HttpResponse => ({
    status: 200,
    body: typeof body === "string" ? body : JSON.stringify(body),
});
const placement = { instances: {}, replicaFactor: 3 };

/** An API server before which all are well, but for what is told; remembers the headers of what was asked. */
function asked(changes: Record<string, HttpResponse | Error> = {}, pods: V1Pod[] = names.map((name) => pod(name))) {
    const headers = new Map<string, Record<string, string> | undefined>();
    const proxy = (name: string, port: number, path: string) =>
        `/api/v1/namespaces/m3/pods/${name}:${port}/proxy${path}`;
    const answers: Record<string, HttpResponse | Error> = {
        "/apis/operator.m3db.io/v1alpha1/namespaces/m3/m3dbclusters/c": ok({
            spec: { isolationGroups: [{ numInstances: 1 }, { numInstances: 1 }, { numInstances: 1 }] },
        }),
        ...Object.fromEntries(
            [0, 1, 2].flatMap((index) => [
                [proxy(`etcd-${index}`, 2379, "/health"), ok('{"health":"true","reason":""}')],
                [proxy(`c-rep${index}-0`, 9002, "/bootstrapped"), ok("")],
                [proxy(`c-rep${index}-0`, 7201, "/api/v1/services/m3db/placement"), ok({ placement })],
            ]),
        ),
        ...Object.fromEntries(
            Object.entries(changes).map(([key, answer]) => {
                const [name = "", port = "", path = ""] = key.split(" ");
                return [path === "" ? key : proxy(name, Number(port), path), answer];
            }),
        ),
    };
    const call: HttpCall = async (path, options) => {
        headers.set(path, options?.headers);
        const answer = answers[path] ?? new Error(`nobody is asked for ${path}`);
        if (answer instanceof Error) throw answer;
        return answer;
    };
    return { headers, state: askM3(call, cluster, async () => pods) };
}

async function problems(...given: Parameters<typeof asked>): Promise<Record<string, string>> {
    const state = await asked(...given).state;
    assert.ok(state);
    const all = [...state.etcd, ...state.replicas];
    assert.deepEqual(all.map(({ name }) => name).sort(), [...names].sort());
    return Object.fromEntries(all.flatMap(({ name, problem }) => (problem === undefined ? [] : [[name, problem]])));
}

describe("what a node's turn knows of etcd and M3", () => {
    it("all is well where each says so; M3 is asked for its own environment", async () => {
        assert.deepEqual(await problems(), {});
        const { headers, state } = asked();
        assert.deepEqual((await state)?.placement, placement);
        const of = [...headers].find(([path]) => path.endsWith("/placement"))?.[1];
        assert.deepEqual(of, { "Cluster-Environment-Name": "m3/c" });
        assert.equal((await state)?.etcd[1]?.node, "node-of-etcd-1");
    });

    it("an etcd member is healthy by its own word alone", async () => {
        const found = await problems({
            "etcd-0 2379 /health": ok('{"health":"false","reason":"RAFT NO LEADER"}'),
            "etcd-1 2379 /health": { status: 503, body: '{"health":"true"}' },
            "etcd-2 2379 /health": new Error("connect ECONNREFUSED"),
        });
        assert.match(found["etcd-0"] ?? "", /^not healthy \(200 .*RAFT NO LEADER/);
        assert.match(found["etcd-1"] ?? "", /^not healthy \(503 /);
        assert.match(found["etcd-2"] ?? "", /^does not answer \(connect ECONNREFUSED\)/);
        assert.equal(Object.keys(found).length, 3);
    });

    it("a replica is there when it is bootstrapped, not when it answers", async () => {
        const found = await problems({
            "c-rep1-0 9002 /bootstrapped": { status: 500, body: "not bootstrapped yet" },
            "c-rep2-0 9002 /bootstrapped": new Error("reset"),
        });
        assert.deepEqual(Object.keys(found), ["c-rep1-0", "c-rep2-0"]);
        assert.match(found["c-rep1-0"] ?? "", /^not bootstrapped \(500 not bootstrapped yet\)/);
    });

    it("a pod that is away, ending or on no node has its problem without being asked", async () => {
        const pods = names
            .filter((name) => name !== "etcd-0")
            .map((name) =>
                name === "etcd-1"
                    ? pod(name, { ending: true })
                    : pod(name, name === "etcd-2" ? { node: undefined } : {}),
            );
        assert.deepEqual(await problems({}, pods), {
            "etcd-0": "there is no such pod",
            "etcd-1": "its pod is ending",
            "etcd-2": "its pod is Pending: on no node",
        });
    });

    it("the placement is told by whichever pod tells it, a bootstrapped one first", async () => {
        const path = "/api/v1/services/m3db/placement";
        const second = await asked({ [`c-rep0-0 7201 ${path}`]: { status: 503, body: "" } }).state;
        assert.deepEqual(second?.placement, placement);
        const none = await asked({
            [`c-rep0-0 7201 ${path}`]: { status: 503, body: "" },
            [`c-rep1-0 7201 ${path}`]: new Error("reset"),
            [`c-rep2-0 7201 ${path}`]: ok({}),
        }).state;
        assert.deepEqual(none?.placement, { problem: "c-rep2-0 tells of none" });
    });

    it("without an M3DBCluster there is nothing to know; an API server that refuses is no such answer", async () => {
        const kind = "/apis/operator.m3db.io/v1alpha1/namespaces/m3/m3dbclusters/c";
        assert.equal(await asked({ [kind]: { status: 404, body: "" } }).state, undefined);
        await assert.rejects(asked({ [kind]: { status: 403, body: "forbidden" } }).state, /403/);
    });
});
