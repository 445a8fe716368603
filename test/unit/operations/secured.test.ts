import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createPlain, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { text } from "node:stream/consumers";
import type { HttpRequest } from "../../../operations/access/http.ts";
import type { Connection } from "../../../operations/access/kubernetes.ts";
import { nodePortCall } from "../../../operations/access/nodeport.ts";
import { secured } from "../../../operations/access/secured.ts";
import type { Forwarder } from "../../../operations/access/tls-forward.ts";
import type { Environment } from "../../../settings/environment.ts";
import { type Issued, issueAll, secretOf, tlsFiles } from "../../support/certificates.ts";
import { environment } from "./healthy.ts";

const secretPath = (name: string) => `/api/v1/namespaces/m3db/secrets/${name}`;
const proxy = (kind: string, name: string, port: number, path: string) =>
    `/api/v1/namespaces/m3db/${kind}/${name}:${port}/proxy${path}`;

/** The environment with TLS everywhere. */
function withTls(nodePort?: number): Environment {
    const workload = { kind: "Deployment" as const, name: "m3gateway", replicas: 2, selector: { app: "m3gateway" } };
    const identity = { name: "eu-1", labels: {}, reads: "own" as const, writes: true, secret: "m3gateway-eu-1" };
    return {
        ...environment,
        etcd: { ...environment.etcd, tls: { secret: "m3perf-etcd-client", metricsPort: 2381 } },
        gateway: {
            ...{ service: "m3gateway", url: "https://m3gateway.m3db:7210", workload, exclusive: true },
            ...{ identities: [identity], ...(nodePort === undefined ? {} : { nodePort }) },
        },
    };
}

describe("calls to what speaks TLS", () => {
    let issued: Issued;
    const servers: Server[] = [];
    /** Ports of this machine in place of pods. */
    const pods = new Map<string, number>();
    const calls: string[] = [];
    const forwarded: string[] = [];
    let secrets: Record<string, object>;

    before(async () => {
        issued = await issueAll();
        const serve = async (name: string, options: object) => {
            const server = createServer(options, async (request: IncomingMessage, response: ServerResponse) => {
                response.end(`${name} ${request.method} ${request.url} ${await text(request)}`);
            });
            server.on("tlsClientError", () => {});
            servers.push(server.listen(0, "127.0.0.1"));
            await once(server, "listening");
            pods.set(name, (server.address() as AddressInfo).port);
        };
        await serve("etcd-0:2379", { ...tlsFiles(issued.etcd), requestCert: true, rejectUnauthorized: true });
        await serve("m3gateway-7f-x:7210", tlsFiles(issued.gateway));
    });
    after(() => {
        for (const server of servers) server.close().closeAllConnections();
    });
    beforeEach(() => {
        calls.length = 0;
        forwarded.length = 0;
        secrets = {
            [secretPath("m3perf-etcd-client")]: secretOf(issued.client),
            [secretPath("m3gateway-eu-1")]: secretOf(issued.gateway, ["ca.crt"]),
        };
    });

    /** The API server: Secrets, the gateway's Service, and everything else as its proxy would answer. */
    const call = async (path: string, _request: HttpRequest = {}) => {
        calls.push(path);
        const json = (body: object) => ({ status: 200, body: JSON.stringify(body) });
        if (secrets[path]) return json(secrets[path]);
        if (path.endsWith("/services/m3gateway"))
            return json({ spec: { selector: { app: "m3gateway" }, ports: [{ port: 7210, targetPort: 7210 }] } });
        if (path.endsWith("/pods")) {
            const status = { conditions: [{ type: "Ready", status: "True" }] };
            return json({ items: [{ metadata: { name: "m3gateway-7f-x" }, spec: { containers: [] }, status }] });
        }
        return { status: 200, body: "by the proxy" };
    };
    const forwarder: Forwarder = {
        async portForward(_namespace, pod, [port], output, error, input) {
            forwarded.push(`${pod}:${port}`);
            const at = pods.get(`${pod}:${port}`);
            if (at === undefined) {
                error.write("connection refused");
                return { close() {} };
            }
            const socket = connect(at, "127.0.0.1");
            input.pipe(socket);
            socket.pipe(output, { end: false });
            const websocket = { close: () => socket.destroy(), onclose: () => {} };
            socket.on("error", () => {}).on("close", () => websocket.onclose());
            return websocket;
        },
    };
    const connection = (of = withTls()) =>
        secured(
            { call, config: {}, stream: async () => assert.fail() } as unknown as Connection,
            of,
            async () => forwarder,
        );

    it("goes to etcd's members by port-forward, with the certificate out of its Secret, read once", async () => {
        const { call: ask } = connection();
        for (const path of ["/v3/kv/range", "/health"]) {
            const answer = await ask(proxy("pods", "etcd-0", 2379, path), { method: "POST", body: { key: "AA==" } });
            assert.deepEqual([answer.status, answer.body], [200, `etcd-0:2379 POST ${path} {"key":"AA=="}`]);
        }
        assert.deepEqual(forwarded, ["etcd-0:2379", "etcd-0:2379"]);
        assert.deepEqual(calls, [secretPath("m3perf-etcd-client")]);
    });

    it("streams what is too long for memory", async () => {
        const signal = AbortSignal.timeout(5000);
        const path = proxy("pods", "etcd-0", 2379, "/v3/maintenance/snapshot");
        const { status, body } = await connection().stream(path, { method: "POST", body: {}, signal });
        assert.deepEqual([status, await text(body)], [200, "etcd-0:2379 POST /v3/maintenance/snapshot {}"]);
    });

    it("goes to the gateway by a pod of its, with the authority out of a token's Secret", async () => {
        const { call: ask } = connection();
        for (const path of [
            proxy("pods", "m3gateway-7f-x", 7210, "/api/v1/labels"),
            proxy("services", "m3gateway", 7210, "/api/v1/labels"),
        ])
            assert.equal((await ask(path)).body, "m3gateway-7f-x:7210 GET /api/v1/labels ");
    });

    it("leaves every other call as it is, and all where nothing speaks TLS", async () => {
        const { call: ask } = connection();
        for (const path of [
            proxy("pods", "etcd-0", 2381, "/health"),
            proxy("pods", "m3-cluster-rep0-0", 9002, "/health"),
            proxy("pods", "m3query-5d-x", 7210, "/"),
            "/api/v1/namespaces/other/pods/etcd-0:2379/proxy/health",
            "/api/v1/nodes",
        ])
            assert.equal((await ask(path)).body, "by the proxy");
        assert.deepEqual(forwarded, []);
        const plain = { call } as unknown as Connection;
        assert.equal(
            secured(plain, environment, async () => forwarder),
            plain,
        );
    });

    it("is let in nowhere with certificates of another environment, and says so", async () => {
        const other = await issueAll();
        secrets[secretPath("m3perf-etcd-client")] = secretOf(other.client);
        await assert.rejects(connection().call(proxy("pods", "etcd-0", 2379, "/health")), /certificate/);
        secrets[secretPath("m3perf-etcd-client")] = secretOf({ ...other.client, authority: issued.client.authority });
        await assert.rejects(connection().call(proxy("pods", "etcd-0", 2379, "/health")));
    });

    it("tells which pod does not listen, and what a Secret lacks", async () => {
        await assert.rejects(
            connection().call(proxy("pods", "etcd-1", 2379, "/health")),
            /etcd-1:2379: connection refused/,
        );
        secrets[secretPath("m3perf-etcd-client")] = secretOf(issued.client, ["ca.crt"]);
        await assert.rejects(
            connection().call(proxy("pods", "etcd-0", 2379, "/health")),
            /Secret m3perf-etcd-client in m3db holds no tls\.crt, tls\.key[\s\S]*m3perf up/,
        );
    });

    it("asks a NodePort at a node's IPv6 address", async function () {
        const server = createPlain((request, response) => void response.end(`at ${request.headers.host}`));
        try {
            await once(server.listen(0, "::1"), "listening");
        } catch {
            return this.skip(); // a machine without IPv6
        }
        const { port } = server.address() as AddressInfo;
        const answer = await nodePortCall(environment, call)("::1", port, "/health");
        assert.equal(answer.body, `at [::1]:${port}`);
        server.close().closeAllConnections();
    });

    it("asks the gateway's NodePort by https, with its authority", async () => {
        const port = pods.get("m3gateway-7f-x:7210") ?? 0;
        const answer = await nodePortCall(withTls(port), call)("127.0.0.1", port, "/api/v1/labels");
        assert.equal(answer.body, "m3gateway-7f-x:7210 GET /api/v1/labels ");
    });
});
