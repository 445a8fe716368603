import assert from "node:assert/strict";
import { mkdtemp, rename, rm } from "node:fs/promises";
import { createServer as createWebServer } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { answers, isOk } from "../../../lab/cluster/socket.ts";

describe("a Unix socket", () => {
    let folder: string;
    before(async () => {
        folder = await mkdtemp(join(tmpdir(), "m3perf-socket-"));
    });
    after(() => rm(folder, { recursive: true }));

    it("answers while somebody listens; one that a killed process left behind, and one that is not there, do not", async () => {
        const [made, left] = [join(folder, "made"), join(folder, "left")];
        const server = createServer();
        await new Promise<void>((resolve) => server.listen(made, resolve));
        assert.equal(await answers(made), true);
        await rename(made, left); // closing removes the file only under its own name
        await new Promise((resolve) => server.close(resolve));
        assert.equal(await answers(left), false);
        assert.equal(await answers(join(folder, "none")), false);
    });
});

describe("an address of a lab", () => {
    it("is ok when it answers with 2xx, within the limit", async () => {
        const web = createWebServer((request, response) => {
            if (request.url !== "/silent") response.writeHead(request.url === "/v2/" ? 200 : 503).end("text");
        });
        await new Promise<void>((resolve) => web.listen(0, "127.0.0.1", resolve));
        const at = (path: string) => `http://127.0.0.1:${(web.address() as AddressInfo).port}${path}`;
        try {
            assert.equal(await isOk(at("/v2/"), 10), true);
            assert.equal(await isOk(at("/other"), 10), false);
            await assert.rejects(isOk(at("/silent"), 0.05), /aborted|timeout/i);
        } finally {
            web.closeAllConnections();
            await new Promise((resolve) => web.close(resolve));
        }
        await assert.rejects(isOk("http://127.0.0.1:1/", 10), /ECONNREFUSED/);
    });
});
