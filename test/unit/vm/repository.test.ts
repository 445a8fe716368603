import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type RepositoryServer, startRepositoryServer } from "../../../lab/vm/repository.ts";

describe("the virtual machines' repository server", () => {
    let folder: string;
    let server: RepositoryServer;
    const put = (path: string, text: string) => {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        writeFileSync(join(folder, path), text);
    };
    const get = (path: string, headers: Record<string, string> = {}) =>
        fetch(`http://127.0.0.1:${server.port}${path}`, { headers });
    const text = async (path: string) => (await get(path)).text();

    before(async () => {
        folder = mkdtempSync(join(tmpdir(), "m3perf-vm-repository-"));
        put("RPM-GPG-KEY-elrepo", "the key");
        put("base/x86_64/a.rpm", "0123456789");
        put("elrepo-kernel/repodata/repomd.xml", "good");
        put("elrepo-release-8.el8.elrepo.noarch.rpm", "good release");
        put("variants/wrong-key/elrepo-kernel/repodata/repomd.xml", "wrongly signed");
        put("variants/wrong-key/elrepo-release-8.el8.elrepo.noarch.rpm", "wrongly signed release");
        put("variants/no-kernel/elrepo-kernel/repodata/repomd.xml", "empty");
        put("../outside", "outside");
        server = await startRepositoryServer({ repositories: folder });
    });

    after(async () => {
        await server.close();
        rmSync(folder, { recursive: true, force: true });
        rmSync(join(folder, "../outside"), { force: true });
    });

    it("answers with a variant's own files, and the good ones beside them", async () => {
        assert.equal(await text("/elrepo-kernel/repodata/repomd.xml"), "good");
        server.serve("wrong-key");
        assert.equal(await text("/elrepo-kernel/repodata/repomd.xml"), "wrongly signed");
        assert.equal(await text("/elrepo-release-8.el8.elrepo.noarch.rpm"), "wrongly signed release");
        assert.equal(await text("/RPM-GPG-KEY-elrepo"), "the key");
        server.serve("no-kernel");
        assert.equal(await text("/elrepo-kernel/repodata/repomd.xml"), "empty");
        assert.equal(await text("/elrepo-release-8.el8.elrepo.noarch.rpm"), "good release");
        server.serve("good");
        assert.equal(await text("/elrepo-kernel/repodata/repomd.xml"), "good");
    });

    it("has nothing beside: no folder, no other variant by its path, nothing outside", async () => {
        for (const path of [
            "/base/",
            "/variants/no-kernel/elrepo-kernel/repodata/repomd.xml",
            "/%2e%2e/outside",
            "/missing",
        ]) {
            assert.equal((await get(path)).status, 404, path);
        }
    });

    it("goes on with a download that was cut", async () => {
        const rest = await get("/base/x86_64/a.rpm", { range: "bytes=7-" });
        assert.equal(rest.status, 206);
        assert.equal(rest.headers.get("content-range"), "bytes 7-9/10");
        assert.equal(await rest.text(), "789");
        assert.equal((await get("/base/x86_64/a.rpm", { range: "bytes=10-" })).status, 416);
    });

    it("slows packages down until told otherwise, under way as well", async () => {
        server.slow(1);
        const begun = performance.now();
        const under = await get("/base/x86_64/a.rpm");
        const slow = under.text();
        assert.equal(await text("/RPM-GPG-KEY-elrepo"), "the key"); // at once: no package
        server.slow(0);
        assert.equal(await slow, "0123456789");
        assert.ok(performance.now() - begun < 8000, "went on at the old rate");
        server.slow(10);
        const again = performance.now();
        await text("/base/x86_64/a.rpm");
        assert.ok(performance.now() - again > 700, "was not slowed down");
        server.slow(0);
    });

    it("cuts every connection when it is to be unreachable, and keeps a log", async () => {
        server.serve("unreachable");
        await assert.rejects(get("/RPM-GPG-KEY-elrepo"), /fetch failed/);
        server.serve("good");
        assert.equal(await text("/RPM-GPG-KEY-elrepo"), "the key");
        assert.deepEqual(server.log.slice(-2), ["GET /RPM-GPG-KEY-elrepo 0", "GET /RPM-GPG-KEY-elrepo 200"]);
    });
});
