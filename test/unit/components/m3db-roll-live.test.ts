import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { clusterSide } from "../../../components/m3/m3db/roll-live.ts";
import type { PodState, RollInput, SetState } from "../../../components/m3/m3db/roll-sides.ts";
import { KubeConfig } from "../../../support/kubernetes-client.ts";

const input: RollInput = {
    namespace: "m3db",
    cluster: "c",
    digest: "d",
    sets: ["c-rep0"],
    etcd: { statefulSet: "etcd", members: 3 },
    replicationFactor: 3,
    retentions: {},
    limits: { safe: 1, back: 1 },
};

const pod = (name: string, uid: string): PodState => ({
    name,
    uid,
    container: {},
    leaving: false,
    trouble: undefined,
    restarts: 0,
});
const set = (name: string, uid: string): SetState => ({
    ...{ name, uid, container: {}, allowed: false, replicas: 1, ready: 1, updated: true },
});

describe("the roll of the database pods, as the API server is asked", () => {
    let server: Server;
    let asked: { method: string; url: string; type: string; body: unknown }[];
    let config: KubeConfig;

    before(async () => {
        server = createServer((request, response) => {
            const parts: Buffer[] = [];
            request.on("data", (part: Buffer) => parts.push(part));
            request.on("end", () => {
                const text = Buffer.concat(parts).toString();
                const { method = "", url = "", headers } = request;
                asked.push({
                    method,
                    url,
                    type: headers["content-type"] ?? "",
                    body: text === "" ? null : JSON.parse(text),
                });
                const gone = url.includes("gone");
                response.writeHead(gone ? 404 : 200, { "Content-Type": "application/json" });
                response.end(JSON.stringify(gone ? { kind: "Status", code: 404, reason: "NotFound" } : {}));
            });
        }).listen(0, "127.0.0.1");
        await once(server, "listening");
        const { port } = server.address() as AddressInfo;
        config = new KubeConfig();
        config.loadFromClusterAndUser(
            { name: "c", server: `http://127.0.0.1:${port}`, skipTLSVerify: true },
            { name: "u" },
        );
    });
    beforeEach(() => {
        asked = [];
    });
    after(() => {
        server.closeAllConnections();
        server.close();
    });

    it("deletes the very pod that was looked at, and no other of its name", async () => {
        await clusterSide(config, input).restart(pod("c-rep0-0", "u-1"));
        assert.deepEqual(
            asked.map(({ method, url, body }) => ({ method, url, body })),
            [
                {
                    method: "DELETE",
                    url: "/api/v1/namespaces/m3db/pods/c-rep0-0",
                    body: { preconditions: { uid: "u-1" } },
                },
            ],
        );
    });

    it("deletes the very StatefulSet, and leaves its pods to run on", async () => {
        await clusterSide(config, input).orphan(set("c-rep0", "u-2"));
        assert.deepEqual(asked[0]?.body, { preconditions: { uid: "u-2" }, propagationPolicy: "Orphan" });
        assert.equal(
            `${asked[0]?.method} ${asked[0]?.url}`,
            "DELETE /apis/apps/v1/namespaces/m3db/statefulsets/c-rep0",
        );
    });

    it("takes what is gone already for deleted", async () => {
        const side = clusterSide(config, input);
        await side.restart(pod("gone-0", "u"));
        await side.orphan(set("gone", "u"));
        assert.equal(asked.length, 2);
    });

    it("allows an update by the operator's own annotation, and changes nothing else of the StatefulSet", async () => {
        await clusterSide(config, input).allowUpdate("c-rep0");
        const [{ method, type, body } = { method: "", type: "", body: null }] = asked;
        assert.deepEqual([method, type], ["PATCH", "application/merge-patch+json"]);
        assert.deepEqual(body, { metadata: { annotations: { "operator.m3db.io/update": "enabled" } } });
    });
});
