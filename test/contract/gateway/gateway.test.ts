import assert from "node:assert/strict";
import type { Identity } from "../../../settings/schema/identities.ts";
import { type Gateway, startGateway } from "./nginx.ts";

const identities: Identity[] = [
    { name: "eu-1", labels: { cluster: "eu-1", tenant: "a" }, reads: "own", writes: true, secretIn: [] },
    { name: "us-1", labels: { cluster: "us-1" }, reads: "own", writes: true, secretIn: [] },
    { name: "operator", labels: {}, reads: "all", writes: false, secretIn: [] },
    // Words that nginx' maps have for themselves.
    { name: "include", labels: { cluster: "include" }, reads: "own", writes: true, secretIn: [] },
    { name: "default", labels: { cluster: "default" }, reads: "own", writes: true, secretIn: [] },
];
const tokens = {
    "eu-1": "e".repeat(48),
    "us-1": "u".repeat(48),
    operator: "o".repeat(48),
    include: "i".repeat(48),
    default: "d".repeat(48),
};
const bearer = (name: keyof typeof tokens) => ({ Authorization: `Bearer ${tokens[name]}` });
const write = "/api/v1/prom/remote/write";
const read = "/api/v1/prom/remote/read";

/** The gateway's configuration in the nginx that the lab's image is made of. */
describe("gateway: nginx with its configuration", function () {
    this.timeout(120_000);
    let gateway: Gateway;
    before(async () => {
        gateway = await startGateway(identities, tokens);
    });
    after(() => gateway.stop());
    beforeEach(() => {
        gateway.seen.length = 0;
    });
    const only = () => {
        assert.equal(gateway.seen.length, 1);
        const [seen] = gateway.seen;
        assert.ok(seen);
        return seen;
    };

    it("passes a write on with the sender's labels, the body and its encoding as they came", async () => {
        const body = Buffer.from(Array.from({ length: 700_000 }, (_, index) => index % 251));
        const headers = { ...bearer("eu-1"), "Content-Encoding": "snappy", "Content-Type": "application/x-protobuf" };
        const answer = await gateway.call(write, { method: "POST", headers, body });
        assert.deepEqual(answer, { status: 200, body: "coordinator" });
        const seen = only();
        assert.equal(seen.url, write);
        assert.equal(
            seen.headers["m3-map-tags-json"],
            '{"tagMappers":[{"write":{"tag":"cluster","value":"eu-1"}},{"write":{"tag":"tenant","value":"a"}}]}',
        );
        assert.equal(seen.headers["content-encoding"], "snappy");
        assert.equal(seen.headers["content-type"], "application/x-protobuf");
        assert.ok(seen.body.equals(body));
    });

    it("knows identities by names that are words of nginx", async () => {
        for (const name of ["include", "default"] as const) {
            gateway.seen.length = 0;
            await gateway.call(write, { method: "POST", headers: bearer(name), body: Buffer.from("x") });
            assert.equal(
                only().headers["m3-map-tags-json"],
                `{"tagMappers":[{"write":{"tag":"cluster","value":"${name}"}}]}`,
            );
        }
    });

    it("passes a write that comes in chunks on whole", async () => {
        const headers = { ...bearer("us-1"), "Transfer-Encoding": "chunked" };
        await gateway.call(write, { method: "POST", headers, body: Buffer.from("some body") });
        assert.equal(only().body.toString(), "some body");
    });

    it("lets nobody choose labels, restrictions, namespaces or limits by M3's headers", async () => {
        const headers = {
            ...bearer("us-1"),
            "M3-Map-Tags-JSON": '{"tagMappers":[{"write":{"tag":"cluster","value":"eu-1"}}]}',
            "m3-map-tags-json": "{}",
            M3_Map_Tags_JSON: "{}",
            "M3-Restrict-By-Tags-JSON": "{}",
            "M3-Storage-Policy": "10s:2d",
            "M3-Metrics-Type": "aggregated",
            "M3-Limit-Max-Series": "0",
            "Prometheus-Metric-Type": "counter",
            "Cluster-Environment-Name": "other",
        };
        await gateway.call(write, { method: "POST", headers, body: Buffer.from("x") });
        await gateway.call(read, { method: "POST", headers, body: Buffer.from("x") });
        const ours = gateway.seen.map((seen) =>
            Object.fromEntries(Object.entries(seen.headers).filter(([name]) => /^m3|^prom|^cluster/.test(name))),
        );
        assert.deepEqual(ours, [
            { "m3-map-tags-json": '{"tagMappers":[{"write":{"tag":"cluster","value":"us-1"}}]}' },
            {
                "m3-restrict-by-tags-json": '{"match":[{"name":"cluster","type":"EQUAL","value":"us-1"}],"strip":[]}',
            },
        ]);
    });

    it("never passes a token on", async () => {
        await gateway.call(write, { method: "POST", headers: bearer("us-1") });
        await gateway.call("/api/v1/query?query=up", { headers: bearer("us-1") });
        for (const { headers, url } of gateway.seen)
            assert.ok(!JSON.stringify([headers, url]).includes(tokens["us-1"]));
        assert.equal(gateway.seen.length, 2);
    });

    it("restricts every way of reading, and passes arguments on", async () => {
        const paths = [
            "/api/v1/query?query=up&time=1",
            "/api/v1/query_range?query=up&start=1&end=2&step=1",
            "/api/v1/labels?match[]=up",
            "/api/v1/label/__name__/values?start=1",
            "/api/v1/series?match[]=up",
            read,
        ];
        for (const path of paths) {
            assert.deepEqual(await gateway.call(path, { headers: bearer("eu-1") }), { status: 200, body: "query" });
        }
        assert.deepEqual(
            gateway.seen.map(({ url }) => url),
            paths,
        );
        for (const { headers } of gateway.seen) {
            assert.equal(
                headers["m3-restrict-by-tags-json"],
                '{"match":[{"name":"cluster","type":"EQUAL","value":"eu-1"},{"name":"tenant","type":"EQUAL","value":"a"}],"strip":[]}',
            );
        }
    });

    it("passes queries in a POST's body on", async () => {
        const headers = { ...bearer("eu-1"), "Content-Type": "application/x-www-form-urlencoded" };
        await gateway.call("/api/v1/query", { method: "POST", headers, body: Buffer.from("query=up") });
        const seen = only();
        assert.equal(seen.body.toString(), "query=up");
        assert.equal(seen.headers["content-type"], "application/x-www-form-urlencoded");
    });

    it("shows an operator everything, and takes no samples of it", async () => {
        await gateway.call("/api/v1/query?query=up", { headers: bearer("operator") });
        assert.equal(only().headers["m3-restrict-by-tags-json"], undefined);
        const answer = await gateway.call(write, { method: "POST", headers: bearer("operator") });
        assert.deepEqual(answer, { status: 403, body: "operator may not write\n" });
        assert.equal(gateway.seen.length, 1);
    });

    it("knows no one without a known token", async () => {
        const wrong = [
            {},
            { Authorization: "" },
            { Authorization: "Bearer" },
            { Authorization: `Bearer ${"x".repeat(48)}` },
            { Authorization: `Bearer ${tokens["us-1"]}x` },
            { Authorization: `Bearer ${tokens["us-1"].slice(1)}` },
            { Authorization: `Basic ${tokens["us-1"]}` },
            { Authorization: "us-1" },
        ];
        for (const headers of wrong as Record<string, string>[]) {
            for (const [path, method] of [
                [write, "POST"],
                [read, "POST"],
                ["/api/v1/query?query=up", "GET"],
                ["/api/v1/label/a/values", "GET"],
            ] as const) {
                assert.equal((await gateway.call(path, { method, headers })).status, 401, JSON.stringify(headers));
            }
        }
        assert.equal(gateway.seen.length, 0);
    });

    it("reaches no other path of M3, however it is spelled", async () => {
        const paths = [
            "/",
            "/health",
            "/ready",
            "/routes",
            "/debug/dump",
            "/debug/pprof/",
            "/api/v1/services",
            "/api/v1/services/m3db/placement",
            "/api/v1/topic",
            "/api/v1/database/create",
            "/api/v1/json/write",
            "/api/v1/influxdb/write",
            "/api/v1/search",
            "/api/v1/graphite/render",
            "/m3query/api/v1/query",
            "/prometheus/api/v1/query",
            "/api/v1/query/../services",
            "/api/v1/query/%2e%2e/topic",
            "/api/v1/prom/remote/write/../../../topic",
            "/api/v1/label/a/values/",
            "/api/v1/label/..%2f..%2ftopic/values",
            "/api/v1/label/a%2fvalues/../../../topic/values",
            "/api/v1/QUERY",
        ];
        for (const path of paths) {
            const { status } = await gateway.call(path, { headers: bearer("operator") });
            assert.equal(status, 404, path);
        }
        assert.deepEqual(gateway.seen, []);
    });

    it("passes on the path that it knows, not the client's spelling of it", async () => {
        for (const path of ["/api/v1/services/../query?query=1", "/api/v1//query?query=1", "/api/v1/%71uery?query=1"]) {
            await gateway.call(path, { headers: bearer("us-1") });
        }
        assert.deepEqual(
            gateway.seen.map(({ url }) => url),
            Array(3).fill("/api/v1/query?query=1"),
        );
    });

    it("takes no other methods", async () => {
        for (const method of ["GET", "PUT", "DELETE"]) {
            assert.equal((await gateway.call(write, { method, headers: bearer("us-1") })).status, 403, method);
        }
        assert.equal((await gateway.call("/api/v1/series", { method: "DELETE", headers: bearer("us-1") })).status, 403);
        assert.deepEqual(gateway.seen, []);
    });

    it("answers probes on a port of their own, and nothing else there", async () => {
        assert.deepEqual(await gateway.health(), { status: 200, body: "ok\n" });
        assert.equal((await gateway.call("/healthz", { headers: bearer("operator") })).status, 404);
    });

    it("logs who did what, and no token", async () => {
        await gateway.call("/api/v1/query?query=up", { headers: bearer("us-1") });
        await gateway.call(write, { method: "POST", headers: { Authorization: `Bearer ${"w".repeat(48)}` } });
        const logs = await gateway.logs();
        assert.match(logs, / us-1 GET \/api\/v1\/query 200 /);
        for (const token of [...Object.values(tokens), "w".repeat(48)]) assert.ok(!logs.includes(token));
    });
});
