import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { KubeConfig } from "@kubernetes/client-node";
import { openGet } from "../../../operations/watch/api.ts";

/** A server whose answers a test decides, and what came to it. */
async function server(answer: (request: IncomingMessage, response: ServerResponse, count: number) => void) {
    const seen: string[] = [];
    let connections = 0;
    const http = createServer((request, response) => {
        seen.push(request.url ?? "");
        answer(request, response, seen.length);
    }).on("connection", () => {
        connections += 1;
    });
    await new Promise<void>((done) => void http.listen(0, "127.0.0.1", done));
    const config = new KubeConfig();
    const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
    config.loadFromClusterAndUser({ name: "c", server: url, skipTLSVerify: true }, { name: "u", token: "t0ken" });
    const close = () => {
        http.closeAllConnections();
        http.close();
    };
    return { get: openGet(config), seen, connections: () => connections, close };
}

const never = new AbortController().signal;

describe("watch: calls to the API server", () => {
    it("go over one connection, with the credentials and the query", async () => {
        const { get, seen, connections, close } = await server(({ headers }, response) => {
            response.statusCode = headers.authorization === "Bearer t0ken" ? 200 : 401;
            response.end("päge");
        });
        try {
            assert.deepEqual(await get("/a", never, { resourceVersion: "0" }), { status: 200, body: "päge" });
            await get("/b", never);
            await get("/c", never);
            assert.deepEqual(seen, ["/a?resourceVersion=0", "/b", "/c"]);
            assert.equal(connections(), 1);
        } finally {
            close();
        }
    });

    it("end when their time is up, before the answer and in the middle of it", async () => {
        let arrived = () => {};
        const { get, close } = await server(({ url }, response) => {
            if (url === "/half") response.writeHead(200).write("half", () => arrived());
            else arrived();
        });
        try {
            for (const path of ["/nothing", "/half"]) {
                const limit = new AbortController();
                const there = new Promise<void>((done) => {
                    arrived = done;
                });
                const asked = get(path, limit.signal);
                await there;
                limit.abort();
                await assert.rejects(asked, { name: "AbortError" });
            }
        } finally {
            close();
        }
    });

    it("are made again once when the kept connection was closed under them", async () => {
        const { get, seen, close } = await server((request, response, count) => {
            if (count === 2) request.socket.resetAndDestroy();
            else response.end("here");
        });
        try {
            await get("/first", never);
            assert.equal((await get("/second", never)).body, "here");
            assert.deepEqual(seen, ["/first", "/second", "/second"]);
        } finally {
            close();
        }
    });
});
