import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toolsFromFolder } from "../../../lab/tools/folder.ts";
import { createTools } from "../../../lab/tools/index.ts";
import { toolSets } from "../../../lab/tools/sets.ts";
import { messageOf } from "../../../support/errors.ts";

const sets = toolSets.filter(({ name }) => name === "containerd" || name === "coredns");

describe("tools: a folder that the user names", () => {
    let folder: string;
    const put = async (name: string, output: string) => {
        await writeFile(join(folder, name), `#!/bin/sh\necho '${output}'\n`);
        await chmod(join(folder, name), 0o755);
    };
    beforeEach(async () => {
        folder = await mkdtemp(join(tmpdir(), "m3perf-folder-"));
        await mkdir(join(folder, "more"));
        await put("containerd", "containerd github.com/containerd/containerd/v2 v2.4.2");
        await put("ctr", "ctr github.com/containerd/containerd/v2 v2.4.2");
        await put("containerd-shim-runc-v2", "  Version:  v2.4.2");
        await put("more/coredns", "CoreDNS-1.14.7");
    });
    afterEach(() => rm(folder, { recursive: true }));

    it("is taken, subfolders included", async () => {
        const tools = createTools(await toolsFromFolder(folder, sets));
        assert.equal(tools.path("ctr"), join(folder, "ctr"));
        assert.throws(() => tools.path("kubelet"), /"kubelet" is not there[\s\S]*npx m3perf lab up/);
        assert.equal(tools.path("coredns"), join(folder, "more/coredns"));
        assert.ok(tools.all().every(({ origin }) => origin === "named folder"));
        assert.throws(() => tools.path("kubelet"), /"kubelet" is not there/);
    });

    it("one message names all that is missing, of another version or not executable", async () => {
        await rm(join(folder, "ctr"));
        await put("containerd", "containerd github.com/containerd/containerd/v2 v1.6.20");
        await chmod(join(folder, "more/coredns"), 0o644);
        await put("containerd-shim-runc-v2", "Segmentation fault");
        const message = await toolsFromFolder(folder, sets).then(() => "no error", messageOf);
        assert.match(message, /^4 executables of M3PERF_TOOLS_DIR/);
        assert.match(message, /ctr 2\.4\.2 is missing/);
        assert.match(message, /containerd is version 1\.6\.20, needed is 2\.4\.2/);
        assert.match(message, /coredns 1\.14\.7 is missing/);
        assert.match(message, /containerd-shim-runc-v2 tells no version/);
    });

    it("a folder that is not there, or a relative one, is refused as such", async () => {
        await assert.rejects(toolsFromFolder("/nonexistent", sets), /cannot be read[\s\S]*\/nonexistent/);
        await assert.rejects(toolsFromFolder("bin", sets), /must be an absolute path[\s\S]*bin/);
    });
});
