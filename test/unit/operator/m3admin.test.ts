import assert from "node:assert/strict";
import { createServer, type IncomingHttpHeaders } from "node:http";
import { silent } from "../../../lab/operator/log.ts";
import { coordinatorUrl, type M3Admin, m3Admin, proxiedCoordinatorUrl } from "../../../lab/operator/m3admin.ts";
import { makeCluster } from "./fixtures.ts";

interface Seen {
    method: string;
    path: string;
    headers: IncomingHttpHeaders;
    body: string;
}

/** A coordinator that answers what it is told; `act` runs against it. */
async function withCoordinator(
    answer: (seen: Seen, count: number) => { status: number; body?: unknown } | "hang up",
    act: (m3: M3Admin, seen: Seen[]) => Promise<void>,
    zone?: string,
): Promise<void> {
    const seen: Seen[] = [];
    const server = createServer(async (request, response) => {
        let body = "";
        for await (const chunk of request.setEncoding("utf8")) body += chunk;
        const { method = "", url: path = "", headers } = request;
        seen.push({ method, path, headers, body });
        const given = answer({ method, path, headers, body }, seen.length);
        if (given === "hang up") {
            request.socket.destroy();
            return;
        }
        response.writeHead(given.status, { connection: "close" }).end(JSON.stringify(given.body ?? {}));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" && address ? address.port : 0;
    try {
        const cluster = makeCluster(zone === undefined ? {} : { zone });
        const url = () => `http://127.0.0.1:${port}`;
        await act(m3Admin(cluster, { url, log: silent, retryAfter: [0.01, 0.01, 0.01, 0.01] }), seen);
    } finally {
        await new Promise((resolve) => server.close(resolve));
    }
}

const ok = (body?: unknown) => () => ({ status: 200, body });

describe("operator: M3's admin API", () => {
    it("every call names the environment; the zone only where the spec has one", async () => {
        await withCoordinator(ok({ registry: {} }), async (m3, seen) => {
            await m3.namespaces();
            assert.equal(seen[0]?.headers["cluster-environment-name"], "m3db/m3-cluster");
            assert.equal(seen[0]?.headers["cluster-zone-name"], undefined);
        });
        await withCoordinator(
            ok({ registry: {} }),
            async (m3, seen) => {
                await m3.namespaces();
                assert.equal(seen[0]?.headers["cluster-zone-name"], "east");
            },
            "east",
        );
    });

    it("methods, paths and bodies", async () => {
        await withCoordinator(ok(), async (m3, seen) => {
            const instance = {
                id: '{"name":"a-0"}',
                isolation_group: "a",
                zone: "embedded",
                weight: 100,
                endpoint: "a-0.m:9000",
                hostname: "a-0.m",
                port: 9000,
            };
            await m3.initPlacement({ num_shards: 24, replication_factor: 3, instances: [instance] });
            await m3.addInstance(instance);
            await m3.removeInstance(instance.id);
            await m3.replaceInstance("old", instance);
            await m3.deletePlacement();
            await m3.addNamespace({ name: "default" });
            await m3.readyNamespace("default");
            await m3.deleteNamespace("metrics-10s_2d");
            const one = JSON.stringify(instance);
            assert.deepEqual(
                seen.map(({ method, path, body }) => `${method} ${path} ${body}`.trim()),
                [
                    `POST /api/v1/services/m3db/placement/init {"num_shards":24,"replication_factor":3,"instances":[${one}]}`,
                    `POST /api/v1/services/m3db/placement {"instances":[${one}]}`,
                    "DELETE /api/v1/services/m3db/placement/%7B%22name%22%3A%22a-0%22%7D",
                    `POST /api/v1/services/m3db/placement/replace {"leavingInstanceIDs":["old"],"candidates":[${one}]}`,
                    "DELETE /api/v1/services/m3db/placement",
                    'POST /api/v1/services/m3db/namespace {"name":"default"}',
                    'POST /api/v1/services/m3db/namespace/ready {"name":"default"}',
                    "DELETE /api/v1/services/m3db/namespace/metrics-10s_2d",
                ],
            );
        });
    });

    it("reads a placement: an instance is available when all its shards are", async () => {
        const instance = (name: string, ...states: string[]) => ({
            id: name,
            isolationGroup: "rep0",
            hostname: `${name}.m3dbnode-m3-cluster`,
            shards: states.map((state, id) => ({ id, state })),
        });
        const instances = {
            b: instance("b", "AVAILABLE", "INITIALIZING"),
            a: instance("a", "AVAILABLE", "AVAILABLE"),
            c: instance("c"),
        };
        await withCoordinator(ok({ placement: { instances }, version: 4 }), async (m3) => {
            const placement = await m3.placement();
            assert.deepEqual(
                placement?.map(({ id, available, isolationGroup }) => [id, available, isolationGroup]),
                [
                    ["a", true, "rep0"],
                    ["b", false, "rep0"],
                    ["c", true, "rep0"],
                ],
            );
        });
        await withCoordinator(
            () => ({ status: 404 }),
            async (m3) => assert.equal(await m3.placement(), undefined),
        );
        await withCoordinator(ok({}), async (m3) => assert.rejects(m3.placement(), /nil placement/));
    });

    it("reads a registry: staging states", async () => {
        const namespaces = {
            default: { stagingState: { status: "READY" } },
            fresh: { stagingState: { status: "INITIALIZING" } },
            unknown: { stagingState: {} },
            static: { stagingState: null },
        };
        await withCoordinator(ok({ registry: { namespaces } }), async (m3) => {
            assert.deepEqual(Object.fromEntries(await m3.namespaces()), {
                default: "READY",
                fresh: "INITIALIZING",
                unknown: "UNKNOWN",
                static: undefined,
            });
        });
        await withCoordinator(ok({}), async (m3) => assert.rejects(m3.namespaces(), /nil registry/));
    });

    it("tries again after 5xx and broken connections, five times in all, then tells", async () => {
        await withCoordinator(
            (_, count) => (count < 3 ? { status: 503 } : count === 3 ? "hang up" : { status: 200 }),
            async (m3, seen) => {
                assert.equal(await m3.readyNamespace("default"), "ready");
                assert.equal(seen.length, 4);
            },
        );
        await withCoordinator(
            () => ({ status: 500, body: { error: "namespace default not available in all nodes" } }),
            async (m3, seen) => {
                await assert.rejects(m3.readyNamespace("default"), /status 500.*not available in all nodes/);
                assert.equal(seen.length, 5);
            },
        );
    });

    it("does not try again when M3 refuses; 404 and 405 of ready mean an old coordinator", async () => {
        await withCoordinator(
            () => ({ status: 400, body: { error: "placement already exists" } }),
            async (m3, seen) => {
                const request = { num_shards: 1, replication_factor: 1, instances: [] };
                await assert.rejects(m3.initPlacement(request), /status 400.*placement already exists/);
                assert.equal(seen.length, 1);
            },
        );
        for (const status of [404, 405]) {
            await withCoordinator(
                () => ({ status }),
                async (m3) => assert.equal(await m3.readyNamespace("default"), "not supported"),
            );
        }
        await withCoordinator(
            () => ({ status: 404 }),
            async (m3) => assert.equal(await m3.deleteNamespace("x"), "not found"),
        );
    });

    it("where M3 is: the cluster's service, kubectl's proxy, or an endpoint given without http://", async () => {
        assert.equal(coordinatorUrl(makeCluster()), "http://m3coordinator-m3-cluster.m3db:7201");
        assert.equal(
            proxiedCoordinatorUrl(makeCluster()),
            "http://localhost:8001/api/v1/namespaces/m3db/services/m3coordinator-m3-cluster:coordinator/proxy",
        );
        const external = (serviceEndpoint: string) => makeCluster({ externalCoordinator: { serviceEndpoint } });
        assert.equal(coordinatorUrl(external("m3coordinator.m3db:7201")), "http://m3coordinator.m3db:7201");
        assert.equal(coordinatorUrl(makeCluster({ externalCoordinator: {} })), coordinatorUrl(makeCluster()));
        // Hang 1 of facts.md 4 in another form: with http:// in it the endpoint names a host called "http".
        const wrong = external("http://127.0.0.1:1");
        const m3 = m3Admin(wrong, { url: coordinatorUrl, log: silent, retryAfter: [0.01] });
        await assert.rejects(m3.placement(), /http:\/\/http:\/\/127\.0\.0\.1:1.*\(after 2 tries\)/);
    });
});
