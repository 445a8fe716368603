import assert from "node:assert/strict";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { copyOfficial, curlProbe, reachableHosts } from "../../../lab/images/official.ts";

describe("images: official registries", () => {
    let folder = "";
    beforeEach(async () => {
        folder = await mkdtemp(join(tmpdir(), "m3perf-official-"));
    });
    afterEach(() => rm(folder, { recursive: true }));

    async function program(name: string, body: string): Promise<string> {
        const path = join(folder, name);
        await writeFile(path, `#!/bin/sh\necho "$@" >>${folder}/${name}.calls\n${body}\n`);
        await chmod(path, 0o755);
        return path;
    }
    const calls = async (name: string) => (await readFile(join(folder, `${name}.calls`), "utf8")).trim().split("\n");

    it("a registry answers when /v2/ gives 200 or asks for a login; errors, other pages and failures are no answer", async () => {
        for (const [body, expected] of [
            ["printf 200", true],
            ["printf 401", true],
            ["printf 403", false],
            ["printf 503", false],
            ["printf 000; exit 6", false],
        ] as const) {
            assert.equal(await curlProbe(await program("curl", body))("quay.io"), expected, body);
        }
        assert.equal(await curlProbe(join(folder, "no-such-curl"))("quay.io"), false);
    });

    it("a registry that never answers is given up after 3 seconds, all of them together", async function () {
        this.slow(4000);
        const curl = await program("curl", "exec sleep 20");
        const references = ["quay.io/a/b:1", "docker.io/a/c:1", "registry.k8s.io/d:1", "quay.io/a/e:1"];
        const start = performance.now();
        assert.deepEqual(await reachableHosts(references, curlProbe(curl)), new Set());
        assert.ok(performance.now() - start < 8000);
        assert.deepEqual((await calls("curl")).map((call) => call.split(" ").at(-1)).sort(), [
            "https://quay.io/v2/",
            "https://registry-1.docker.io/v2/",
            "https://registry.k8s.io/v2/",
        ]);
    });

    it("skopeo is asked for the official name and leaves nothing behind when it fails", async () => {
        const skopeo = await program("skopeo", "echo 'no space left' >&2; exit 1");
        const result = await copyOfficial("quay.io/m3db/m3dbnode:v1.5.0", { cache: folder, skopeo });
        assert.match("problem" in result ? result.problem : "", /no space left/);
        const [call = ""] = await calls("skopeo");
        assert.match(call, /^copy .*docker:\/\/quay\.io\/m3db\/m3dbnode:v1\.5\.0 oci:[^:]+$/);
        assert.doesNotMatch(call, /tls-verify/);
    });
});
