import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { createClient, Unreachable } from "../../../lab/plugins/kubernetes/cluster/client.ts";

type Answer = (request: IncomingMessage, response: ServerResponse, nth: number) => void;

describe("the Kubernetes plugin's connections", () => {
    let server: Server;
    let answer: Answer;
    /** Requests that came on each connection. */
    let counts: Map<Socket, number>;

    beforeEach(async () => {
        counts = new Map();
        server = createServer((request, response) => {
            const nth = (counts.get(request.socket) ?? 0) + 1;
            counts.set(request.socket, nth);
            request.resume();
            answer(request, response, nth);
        });
        server.keepAliveTimeout = 0;
        await once(server.listen(0, "127.0.0.1"), "listening");
    });
    afterEach(async () => {
        server.closeAllConnections();
        await new Promise((done) => server.close(done));
    });

    const client = (idle?: number) =>
        createClient(
            `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
            { tls: {}, authorization: async () => undefined },
            idle,
        );
    const ok: Answer = (_request, response) => response.end("{}");

    it("sends a change again that met a kept connection just as the server closed it", async () => {
        answer = (request, response, nth) => (nth > 1 ? request.socket.destroy() : ok(request, response, nth));
        const api = client();
        await api.request("GET", "/version");
        assert.deepEqual(await api.request("POST", "/api/v1/namespaces", { body: { kind: "Namespace" } }), {});
        assert.deepEqual([...counts.values()], [2, 1]);
        api.close();
    });

    it("does not repeat a change that a new connection broke off: it may have been done", async () => {
        answer = (request) => request.socket.destroy();
        const api = client();
        await assert.rejects(
            api.request("POST", "/api/v1/namespaces", { body: {} }),
            (error: Error) => error instanceof Unreachable && /cannot be reached: socket hang up/.test(error.message),
        );
        assert.equal(counts.size, 1);
        api.close();
    });

    it("does not repeat a change whose answer had begun", async () => {
        answer = (request, response, nth) => {
            if (nth === 1) return ok(request, response, nth);
            response.writeHead(201, { "content-length": 100 });
            response.write("{", () => request.socket.destroy());
        };
        const api = client();
        await api.request("GET", "/version");
        await assert.rejects(api.request("POST", "/api/v1/namespaces", { body: {} }), Unreachable);
        assert.deepEqual([...counts.values()], [2]);
        api.close();
    });

    it("gives up a connection that nothing uses, before the server does", async () => {
        answer = ok;
        const api = client(50);
        const opened = once(server, "connection") as Promise<[Socket]>;
        await api.request("GET", "/version");
        const [socket] = await opened;
        if (!socket.closed) await once(socket, "close");
        await api.request("GET", "/version");
        assert.deepEqual([...counts.values()], [1, 1]);
        api.close();
    });
});
