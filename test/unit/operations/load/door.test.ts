import assert from "node:assert/strict";
import type { HttpCall } from "../../../../operations/access/http.ts";
import { readDoor, tokensOf, writeDoor } from "../../../../operations/load/door.ts";
import { planOf } from "../../../../operations/scenarios/run/load-plan.ts";
import type { Environment } from "../../../../settings/environment.ts";
import { environment } from "../healthy.ts";

const identity = (name: string, more: object = {}) => ({
    name,
    labels: { cluster: name },
    reads: "own" as const,
    writes: true,
    secret: `m3gateway-${name}`,
    ...more,
});

const behindGateway = (changes: Partial<NonNullable<Environment["gateway"]>> = {}): Environment => ({
    ...environment,
    gateway: {
        service: "m3gateway",
        url: "http://m3gateway.m3db:7210",
        workload: { kind: "Deployment", name: "m3gateway", replicas: 2, selector: { app: "m3gateway" } },
        nodePort: 32600,
        exclusive: true,
        identities: [
            identity("eu-1"),
            identity("us-1"),
            identity("operator", { reads: "all", writes: false, labels: {} }),
        ],
        ...changes,
    },
});

/** Secrets as the API server has them. */
const secrets: HttpCall = async (path) => {
    const name = /\/namespaces\/m3db\/secrets\/m3gateway-(.+)$/.exec(path)?.[1];
    const base64 = (text: string) => Buffer.from(text).toString("base64");
    const data = { token: base64(`token-of-${name}`), "ca.crt": base64("the authority") };
    return { status: name ? 200 : 404, body: JSON.stringify({ data }) };
};

describe("load: the way to M3", () => {
    it("is the coordinators and m3query where there is no gateway", async () => {
        const { urls, senders } = await writeDoor(environment, secrets);
        assert.equal(urls[0], "http://10.0.0.5:32555/api/v1/prom/remote/write");
        assert.deepEqual(senders, []);
        assert.deepEqual(await readDoor(environment, secrets), {
            urls: ["http://10.0.0.5:32558", "http://10.0.0.6:32558"],
        });
    });

    it("is the gateway by https where it speaks it, and knows its authority", async () => {
        const door = await writeDoor(behindGateway({ url: "https://m3gateway.m3db:7210" }), secrets);
        assert.equal(door.urls[0], "https://10.0.0.5:32600/api/v1/prom/remote/write");
        assert.equal(door.ca, "the authority");
        const shape = { series: 100, interval: "10s" };
        assert.equal(planOf(shape, { run: "r", door }).ca, "the authority");
        assert.equal("ca" in (await writeDoor(behindGateway(), secrets)), false);
    });

    it("is the gateway where there is one: as all who write, and read by who sees all", async () => {
        const door = await writeDoor(behindGateway(), secrets);
        assert.deepEqual(door.urls, [
            "http://10.0.0.5:32600/api/v1/prom/remote/write",
            "http://10.0.0.6:32600/api/v1/prom/remote/write",
        ]);
        assert.deepEqual(tokensOf(door), ["token-of-eu-1", "token-of-us-1"]);
        const { urls, reader } = await readDoor(behindGateway(), secrets);
        assert.deepEqual(urls, ["http://10.0.0.5:32600", "http://10.0.0.6:32600"]);
        assert.equal(reader?.token, "token-of-operator");
    });

    it("has IPv6 addresses in brackets", async () => {
        const nodes = environment.nodes.map((node, index) => ({ ...node, address: `fd00::${index}` }));
        const { urls } = await writeDoor({ ...behindGateway(), nodes }, secrets);
        assert.equal(urls[0], "http://[fd00::4]:32600/api/v1/prom/remote/write");
        assert.equal((await readDoor({ ...environment, nodes }, secrets)).urls[0], "http://[fd00::4]:32558");
    });

    it("says what is missing where there is no way", async () => {
        const { nodePort: _, ...closed } = behindGateway().gateway ?? assert.fail();
        await assert.rejects(writeDoor({ ...environment, gateway: closed }, secrets), /m3perf:gateway.nodePort/);
        const open = await writeDoor({ ...environment, gateway: { ...closed, exclusive: false } }, secrets);
        assert.match(open.urls[0] ?? "", /:32555\//);
        const onlyWriters = behindGateway({ identities: [identity("eu-1")] });
        await assert.rejects(readDoor(onlyWriters, secrets), /no identity of stack dev reads all/);
        const onlyReaders = behindGateway({ identities: [identity("eu-1", { writes: false })] });
        await assert.rejects(writeDoor(onlyReaders, secrets), /no identity of stack dev writes/);
        const empty: HttpCall = async () => ({ status: 200, body: "{}" });
        await assert.rejects(writeDoor(behindGateway(), empty), /Secret m3gateway-eu-1 in m3db holds no token/);
    });
});
