import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { queryFront } from "../../../agent/query-front.ts";
import { projectRoot } from "../../../support/paths.ts";

async function listening(server: Server): Promise<number> {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return (server.address() as AddressInfo).port;
}

async function freePort(): Promise<number> {
    const server = createServer();
    const port = await listening(server);
    await closed(server);
    return port;
}

async function closed(server: Server): Promise<void> {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
}

describe("the front of m3query", () => {
    const api = createServer((request, response) => {
        if (request.url === "/slow") {
            request.on("close", () => {});
            response.on("close", () => {
                abandoned += 1;
            });
            return;
        }
        if (request.url === "/streamed") {
            response.write("first");
            finishStream = () => response.end("last");
            return;
        }
        const parts: Buffer[] = [];
        request.on("data", (part: Buffer) => parts.push(part));
        request.on("end", () => {
            response.writeHead(request.url === "/bad" ? 400 : 200, { "X-From": "api" });
            response.end(`${request.method} ${request.url} ${Buffer.concat(parts)}`);
        });
    });
    const metrics = createServer((request, response) => response.end(`metrics ${request.url}`));
    const writeUrl = "http://m3coordinator.m3db:7201";
    let abandoned = 0;
    let finishStream = () => {};
    let front: Server;
    let url: string;

    before(async () => {
        front = queryFront({ api: await listening(api), metrics: await listening(metrics), writeUrl });
        url = `http://127.0.0.1:${await listening(front)}`;
    });
    after(async () => {
        for (const server of [front, api, metrics]) if (server.listening) await closed(server);
    });

    it("serves /metrics from the metrics port and everything else from the API, status and headers included", async () => {
        assert.equal(await (await fetch(`${url}/metrics`)).text(), "metrics /metrics");
        const answer = await fetch(`${url}/api/v1/query_range`, { method: "POST", body: "query=up&step=15" });
        assert.equal(answer.headers.get("x-from"), "api");
        assert.equal(await answer.text(), "POST /api/v1/query_range query=up&step=15");
        assert.equal((await fetch(`${url}/bad`)).status, 400);
        assert.equal(await (await fetch(`${url}/metricsx`)).text(), "GET /metricsx ");
    });

    it("refuses every way to write, however it is spelled, and names the coordinators", async () => {
        const paths = [
            "/api/v1/prom/remote/write",
            "/api/v1/json/write?x=1",
            "/api/v1/influxdb/write",
            "/api/v1/json/%77rite",
            "//api/v1/json/write",
            "/api/v1/json/write/",
        ];
        for (const path of paths) {
            const answer = await fetch(url + path, { method: "POST", body: "x".repeat(1 << 20) });
            assert.equal(answer.status, 403, path);
            assert.match(
                await answer.text(),
                /only answers queries.*send it to http:\/\/m3coordinator\.m3db:7201\/api/,
            );
        }
        const read = await fetch(`${url}/api/v1/prom/remote/read`, { method: "POST", body: "x" });
        assert.equal(await read.text(), "POST /api/v1/prom/remote/read x");
        assert.equal((await fetch(`${url}/api/v1/json/writer`, { method: "POST" })).status, 200);
    });

    it("passes an answer on as it comes, before it is whole", async () => {
        const answer = await fetch(`${url}/streamed`);
        const reader = answer.body?.getReader();
        const first = await reader?.read();
        assert.equal(Buffer.from(first?.value ?? []).toString(), "first");
        finishStream();
        assert.equal(Buffer.from((await reader?.read())?.value ?? []).toString(), "last");
    });

    it("ends the query of a client that gives up", async () => {
        await assert.rejects(fetch(`${url}/slow`, { signal: AbortSignal.timeout(100) }));
        for (let tries = 0; abandoned === 0 && tries < 100; tries++)
            await new Promise((resolve) => setTimeout(resolve, 20));
        assert.equal(abandoned, 1);
    });

    it("runs as a program, also through the links by which a ConfigMap mounts its files, and ends on SIGTERM", async () => {
        const folder = mkdtempSync(join(tmpdir(), "m3perf-front-"));
        symlinkSync(join(projectRoot, "agent/query-front.ts"), join(folder, "query-front.ts"));
        const ports = [
            await freePort(),
            (api.address() as AddressInfo).port,
            (metrics.address() as AddressInfo).port,
        ].map(String);
        const child = spawn(process.execPath, [join(folder, "query-front.ts"), ...ports, writeUrl]);
        try {
            await once(child.stdout, "data");
        } finally {
            child.kill("SIGTERM");
            const [code] = await once(child, "exit");
            rmSync(folder, { recursive: true });
            assert.equal(code, 0);
        }
    });

    it("says so when m3query does not answer", async () => {
        await closed(api);
        const answer = await fetch(`${url}/ready`);
        assert.equal(answer.status, 502);
        assert.match(await answer.text(), /m3query does not answer: .*ECONNREFUSED/);
    });
});
