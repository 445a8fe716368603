import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { codeOf, listText, pinnedText } from "../../../../operations/cli/verbs/images.ts";
import { askDigest, askingOf } from "../../../../operations/images/ask.ts";
import { type Checked, checkPins } from "../../../../operations/images/check.ts";
import { imageName } from "../../../../operations/images/name.ts";
import { chosenOf, imagesOfStack } from "../../../../operations/images/of-stack.ts";
import { pinImages } from "../../../../operations/images/pin.ts";
import { images as usual } from "../../../../settings/images.ts";
import { UserError } from "../../../../support/errors.ts";
import { exec } from "../../../../support/exec.ts";
import { projectRoot } from "../../../../support/paths.ts";
import { manifestText, type Registry, registry, serveManifest, sha256 } from "../../../support/registry.ts";

const components = Object.keys(usual);
const zeros = `sha256:${"0".repeat(64)}`;

describe("m3perf images", function () {
    this.timeout(60_000);
    let folder = "";
    let path = "";
    let server: Registry;
    /** What the registry answers by tag instead of a manifest. */
    let status: Record<string, number> = {};
    /** By tag: a re-push changes it. */
    let salt = "";
    const digest = () => sha256(manifestText("index", salt));

    beforeEach(async () => {
        status = {};
        salt = "";
        server = await registry((response, { pathname }) => {
            const code = status[pathname.split("/").at(-1) ?? ""];
            if (code === undefined) return serveManifest(response, "index", salt);
            response.writeHead(code).end();
        });
        folder = await mkdtemp(join(tmpdir(), "m3perf-images-"));
        path = join(folder, "Pulumi.mine.yaml");
        const lines = components.map(
            (name) => `    ${name}: ${server.host}/x/${name.toLowerCase()}:${name} # of ${name}`,
        );
        await writeFile(
            path,
            `# ours\nconfig:\n  m3perf:site: sites/reference.yaml\n  m3perf:images:\n${lines.join("\n")}\n`,
        );
    });
    afterEach(async () => {
        await server.close();
        await rm(folder, { recursive: true });
    });
    const read = async () => ({ path, text: await readFile(path, "utf8") });
    const pin = async (only?: string) => {
        const file = await read();
        return await pinImages(file, chosenOf(imagesOfStack(file), only), askingOf());
    };
    const check = async () => await checkPins(imagesOfStack(await read()), askingOf());
    const cli = (...words: string[]) =>
        exec(process.execPath, ["operations/cli/main.ts", "images", ...words, "--settings", path], {
            cwd: projectRoot,
        });

    it("pins each, touches nothing else, and has nothing to write the second time", async () => {
        const before = (await read()).text;
        const { pinned, written } = await pin();
        assert.ok(written);
        assert.equal(pinned.length, components.length);
        const expected = components.reduce(
            (text, name) => text.replace(`:${name} #`, `:${name}@${digest()} #`),
            before,
        );
        assert.equal((await read()).text, expected);
        assert.equal((await pin()).written, false);
        assert.ok((await check()).every(({ state }) => state === "same"));
        assert.deepEqual(await readdir(folder), ["Pulumi.mine.yaml"]);
    });

    it("pins only what is named, and tells of a tag that moved until it is pinned again", async () => {
        await pin("etcd,node");
        salt = "pushed again";
        const checked = await check();
        const states = Object.fromEntries(checked.map(({ component, state }) => [component, state]));
        assert.equal(states.etcd, "moved");
        assert.equal(states.m3query, "unpinned");
        assert.equal(codeOf(checked), 1);
        assert.match(listText(checked, "--stack mine"), /etcd .*MOVED: sha256:/);
        assert.match(listText(checked, "--stack mine"), /m3perf images pin --stack mine --only etcd,node\b/);
        const { pinned } = await pin("etcd");
        assert.match(pinned[0]?.after ?? "", new RegExp(`:etcd@${digest()}$`));
    });

    it("writes nothing at all when one cannot be had, and names each that cannot", async () => {
        const before = (await read()).text;
        status = { m3query: 404, node: 503 };
        await assert.rejects(pin(), (error) => {
            assert.ok(error instanceof UserError);
            assert.equal(error.exitCode, 69);
            assert.match(error.message, /^the digests of 2 of 8 images could not be had, so nothing was written\n/);
            assert.match(error.message, /m3query, 127\.0\.0\.1:\d+\/x\/m3query:m3query: .* has no x\/m3query:m3query/);
            assert.match(error.message, /node, .*503/);
            return true;
        });
        assert.equal((await read()).text, before);
        assert.deepEqual(await readdir(folder), ["Pulumi.mine.yaml"]);
    });

    it("refuses wrong settings and images that there are not, before anybody is asked", async () => {
        const { text } = await read();
        for (const [odd, message] of [
            [text.replace("etcd:", "etdc:"), /did you mean etcd/],
            [text.replace(/etcd: .*/, "etcd: no tag"), /full reference/],
            [text.replace(/etcd: .*/, "etcd: {secure: AAAA}"), /is a secret/],
            [text.replace(/images:[\s\S]*/, "images:\n"), /m3perf:images/],
        ] as const)
            assert.throws(
                () => imagesOfStack({ path, text: odd }),
                (error) => error instanceof UserError && message.test(error.message),
            );
        const images = imagesOfStack({ path, text });
        assert.throws(() => chosenOf(images, "etc"), /did you mean etcd/);
        for (const odd of ["", ",", "constructor"]) assert.throws(() => chosenOf(images, odd), UserError);
        assert.equal(server.asked.length, 0);
    });

    it("leaves images that are named by digest alone", async () => {
        const { text } = await read();
        await writeFile(path, text.replace(/etcd: \S+/, `etcd: ${server.host}/x/etcd@${zeros}`));
        const { pinned, without } = await pin();
        assert.deepEqual(
            without.map(({ component }) => component),
            ["etcd"],
        );
        assert.match((await read()).text, new RegExp(`/x/etcd@${zeros} # of etcd`));
        assert.match(
            pinnedText({ pinned, without, written: true }, path, "--stack mine"),
            /etcd: .* has no tag, so it stays/,
        );
        assert.equal((await check()).find(({ component }) => component === "etcd")?.state, "no-tag");
    });

    it("asks a mirror first, by the official host's name, then the registry itself; a mirror that lies ends it", async () => {
        let lies = false;
        const mirror = await registry((response, { pathname }) => {
            if (pathname.includes("/x/etcd/")) return void response.writeHead(404).end();
            serveManifest(response, "manifest", "", lies ? { "docker-content-digest": zeros } : {});
        });
        try {
            const asking = askingOf(mirror.host);
            const ask = (name: string) => askDigest(imageName(`${server.host}/x/${name}:v1`), asking);
            assert.equal((await ask("node")).by, mirror.host);
            assert.equal(mirror.asked[0], `/v2/x/node/manifests/v1?ns=${encodeURIComponent(server.host)}`);
            assert.equal(server.asked.length, 0);
            assert.equal((await ask("etcd")).by, server.host);
            status = { v1: 503 };
            await assert.rejects(ask("etcd"), /has no x\/etcd:v1; .* 503/);
            lies = true;
            await assert.rejects(ask("node"), /names the manifest as/);
            assert.equal(server.asked.length, 2);
        } finally {
            await mirror.close();
        }
    });

    it("has exit codes for scripts: nothing pinned is no success of --check", () => {
        const [image] = imagesOfStack({ path, text: "config: {}" });
        const of = (...states: Checked["state"][]) => codeOf(states.map((state) => ({ ...image, state }) as Checked));
        assert.equal(of("unpinned", "unpinned"), 1);
        assert.equal(of("same", "unpinned", "no-tag"), 0);
        assert.equal(of("same", "unknown"), 69);
        assert.equal(of("moved", "unknown"), 1);
        // What a registry sends wrongly is no registry that does not answer.
        assert.equal(codeOf([{ ...image, state: "unknown", why: "w", wrong: true } as Checked]), 1);
    });

    it("works as a command", async () => {
        const none = await cli("--check", "--json");
        assert.equal(none.code, 1, none.stderr);
        assert.equal(server.asked.length, 0, "what is not pinned is not asked for");
        const pinned = await cli("pin", "--only", "m3dbnode");
        assert.equal(pinned.code, 0, pinned.stderr);
        assert.match(
            pinned.stdout,
            /m3dbnode .*\n {2}was .*\n {2}is {2}.*@sha256:.*\n1 of 1 written into m3perf:images of Pulumi\.mine\.yaml/,
        );
        assert.equal(parse((await read()).text).config["m3perf:images"].m3dbnode.endsWith(digest()), true);
        const checked = await cli("--check", "--json");
        assert.equal(checked.code, 0, checked.stderr);
        const { images } = JSON.parse(checked.stdout);
        assert.deepEqual(images.find(({ state }: Checked) => state === "same").component, "m3dbnode");
        for (const words of [["pni"], ["pin", "pin"], ["pin", "--check"], ["pin", "--only", "x"]]) {
            const odd = await cli(...words);
            assert.equal(odd.code, 64, `${words.join(" ")}: ${odd.stderr}`);
        }
    });

    it("does not pin or check in the lab, and lists what is there without asking", async () => {
        const { text } = await read();
        await writeFile(path, text.replace("sites/reference.yaml", "lab").replace(/(node: \S+)/, `$1@${zeros}`));
        const now = (await read()).text;
        for (const words of [["pin"], ["--check"]]) {
            const { code, stderr } = await cli(...words);
            assert.equal(code, 64);
            assert.match(stderr, /its site is the lab\n.*built?.*on this machine/s);
        }
        const { code, stdout } = await cli();
        assert.equal(code, 0);
        assert.match(stdout, /not asked: the lab's own builds/);
        assert.equal((await read()).text, now);
        assert.equal(server.asked.length, 0);
    });
});
