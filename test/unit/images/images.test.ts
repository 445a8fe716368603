import assert from "node:assert/strict";
import { chmod, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ImageRecipe } from "../../../lab/images/catalog.ts";
import { type EnsureImagesOptions, ensureImages } from "../../../lab/images/index.ts";
import { readLayout } from "../../../lab/images/layout.ts";
import { blobPath } from "../../../lab/images/store.ts";
import type { Image, Tools } from "../../../lab/types.ts";
import { createProgress, type Progress } from "../../../support/progress.ts";

const base = { name: "base", executables: { busybox: "usr/bin" }, entries: [] };
const recipes: ImageRecipe[] = [
    {
        reference: "quay.io/m3db/server:v1",
        layers: [base, { name: "server", executables: { server: "usr/bin" } }],
        config: { Entrypoint: ["/usr/bin/server"], User: "nobody" },
        note: "a note",
    },
    { reference: "docker.io/library/box:1", layers: [base], config: { Cmd: ["sh"] }, origin: "substitute" },
    {
        reference: "quay.io/m3db/operator:v0",
        layers: [base, { name: "operator", generated: "operator" }],
        config: {},
        origin: "substitute",
    },
];

describe("images: building", function () {
    this.timeout(60_000);
    let folder = "";
    let said: string[] = [];
    const progress: Progress = {
        ...createProgress(),
        step: (_title, work) => work(() => {}),
        say: (text) => said.push(text),
    };
    const never = async () => false;

    async function executables(name: string): Promise<Tools> {
        const place = await mkdtemp(join(folder, name));
        for (const tool of ["busybox", "server"]) {
            await writeFile(join(place, tool), `#!/bin/sh\necho ${tool}\n`);
            await chmod(join(place, tool), 0o755);
        }
        const tools = [
            { name: "busybox", path: join(place, "busybox"), version: "1.35.0", origin: "Debian package" as const },
            { name: "server", path: join(place, "server"), version: "1.5.0", origin: "built from Go modules" as const },
        ];
        return { all: () => tools, path: (wanted) => join(place, wanted) };
    }
    async function build(tools: Tools, cache: string, more: Partial<EnsureImagesOptions> = {}): Promise<Image[]> {
        const operator = join(folder, "operator.ts");
        await writeFile(
            operator,
            'import { readFileSync } from "node:fs";\nawait 0;\nconsole.log(typeof readFileSync);\n',
        );
        return ensureImages({ tools, progress, probe: never, recipes, cache: join(folder, cache), operator, ...more });
    }
    const digests = (images: Image[]) => images.map(({ digest }) => digest);

    beforeEach(async () => {
        folder = await mkdtemp(join(tmpdir(), "m3perf-images-"));
        said = [];
    });
    afterEach(() => rm(folder, { recursive: true }));

    it("the same inputs give the same digests in another place at another time, a changed input does not", async () => {
        const first = await build(await executables("one"), "cache-one");
        const moved = await executables("two");
        await utimes(moved.path("server"), 1_000_000, 1_000_000);
        assert.deepEqual(digests(await build(moved, "cache-two")), digests(first));
        await writeFile(moved.path("server"), "#!/bin/sh\necho changed\n");
        const changed = digests(await build(moved, "cache-two"));
        assert.notEqual(changed[0], first[0]?.digest);
        assert.deepEqual(changed.slice(1), digests(first).slice(1));
    });

    it("a layout is what the OCI image specification asks for, and every blob has the name of its bytes", async () => {
        const [image] = await build(await executables("one"), "cache");
        assert.ok(image);
        assert.deepEqual(JSON.parse(await readFile(join(image.layout, "oci-layout"), "utf8")), {
            imageLayoutVersion: "1.0.0",
        });
        const { descriptor, manifest } = await readLayout(image.layout);
        assert.equal(descriptor.digest, image.digest);
        assert.equal(descriptor.mediaType, "application/vnd.oci.image.manifest.v1+json");
        assert.deepEqual(
            manifest.layers.map(({ mediaType }) => mediaType),
            ["application/vnd.oci.image.layer.v1.tar", "application/vnd.oci.image.layer.v1.tar"],
        );
        const { createHash } = await import("node:crypto");
        for (const blob of [descriptor, manifest.config, ...manifest.layers]) {
            const bytes: Buffer = await readFile(blobPath(image.layout, blob.digest));
            assert.equal(`sha256:${createHash("sha256").update(bytes).digest("hex")}`, blob.digest);
            assert.equal(bytes.length, blob.size);
        }
        const config = JSON.parse(await readFile(blobPath(image.layout, manifest.config.digest), "utf8"));
        assert.equal(config.config.User, "nobody");
        assert.equal(config.os, "linux");
        assert.deepEqual(
            config.rootfs.diff_ids,
            manifest.layers.map(({ digest }) => digest),
        );
        assert.equal(config.config.Labels["org.opencontainers.image.description"], image.contents);
    });

    it("packs a layer again whose record a power cut has left empty", async () => {
        const tools = await executables("one");
        const first = await build(tools, "cache");
        const records = join(folder, "cache", "layers");
        for (const name of await readdir(records)) await writeFile(join(records, name), "");
        assert.deepEqual(digests(await build(tools, "cache")), digests(first));
    });

    it("says what each image really holds and where that came from", async () => {
        const [server, box] = await build(await executables("one"), "cache");
        assert.equal(server?.origin, "built from Go modules");
        assert.equal(server?.contents, "server 1.5.0 (built from Go modules); busybox 1.35.0 (Debian package); a note");
        assert.equal(box?.origin, "substitute");
    });

    it("images share the layers they have in common, and nothing is made again while the inputs stay", async () => {
        const tools = await executables("one");
        const images = await build(tools, "cache");
        const bottoms = await Promise.all(
            images.map(async ({ layout }) => (await readLayout(layout)).manifest.layers[0]),
        );
        assert.equal(new Set(bottoms.map((layer) => layer?.digest)).size, 1);
        const blobs = join(folder, "cache/blobs/sha256");
        const times = async () =>
            Promise.all((await readdir(blobs)).sort().map(async (name) => [name, (await stat(join(blobs, name))).ino]));
        const before = await times();
        assert.deepEqual(digests(await build(tools, "cache")), digests(images));
        assert.deepEqual(await times(), before);
    });

    it("a layer whose blob is gone or cut short is made again", async () => {
        const tools = await executables("one");
        const [image] = await build(tools, "cache");
        assert.ok(image);
        const { manifest } = await readLayout(image.layout);
        const blob = blobPath(join(folder, "cache"), manifest.layers[1]?.digest ?? "");
        await rm(blob);
        await writeFile(blob, "cut");
        assert.deepEqual((await build(tools, "cache"))[0]?.digest, image.digest);
        assert.equal((await stat(blob)).size, manifest.layers[1]?.size);
    });

    it("the cache loses what no call has used for 30 days, and nothing else", async () => {
        const tools = await executables("one");
        const [old] = await build(tools, "cache");
        await writeFile(tools.path("server"), "#!/bin/sh\necho changed\n");
        const images = await build(tools, "cache");
        assert.ok(old && images[0] && old.layout !== images[0].layout);
        const { manifest } = await readLayout(old.layout);
        const unused = blobPath(join(folder, "cache"), manifest.layers[1]?.digest ?? "");
        const monthAgo = new Date(Date.now() - 31 * 24 * 3600 * 1000);
        for (const path of [join(old.layout, "index.json"), old.layout, unused]) await utimes(path, monthAgo, monthAgo);
        await build(tools, "cache");
        await assert.rejects(stat(old.layout));
        await assert.rejects(stat(unused));
        for (const { layout, digest } of images) assert.equal((await readLayout(layout)).descriptor.digest, digest);
    });

    it("an executable that is not there is named", async () => {
        const tools = await executables("one");
        const some = { ...tools, all: () => tools.all().slice(0, 1) };
        await assert.rejects(build(some, "cache"), /missing[\s\S]*server/);
    });

    it("official images are taken from the hosts that answer, ours for what cannot be copied", async () => {
        const asked: string[] = [];
        const probe = async (host: string) => {
            asked.push(host);
            return host === "quay.io";
        };
        const copy = async (reference: string) =>
            reference.includes("operator")
                ? { problem: "manifest unknown" }
                : { layout: "/official", digest: `sha256:${"0".repeat(64)}` };
        const [server, box, operator] = await build(await executables("one"), "cache", { probe, copy });
        assert.deepEqual(asked.sort(), ["docker.io", "quay.io"]);
        assert.deepEqual([server?.origin, server?.layout], ["official", "/official"]);
        assert.equal(box?.origin, "substitute");
        assert.equal(operator?.origin, "substitute");
        assert.match(said.join(), /quay.io\/m3db\/operator:v0 could not be copied.*manifest unknown/);
    });

    it("a probe that fails counts as no answer", async () => {
        const probe = () => Promise.reject(new Error("no network"));
        const images = await build(await executables("one"), "cache", { probe });
        assert.ok(images.every(({ origin }) => origin !== "official"));
    });
});
