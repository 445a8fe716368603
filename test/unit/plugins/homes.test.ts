import assert from "node:assert/strict";
import {
    existsSync,
    mkdirSync,
    mkdtempSync,
    readFileSync,
    realpathSync,
    rmSync,
    statSync,
    utimesSync,
    writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pruneHomes } from "../../../lab/plugins/homes.ts";
import { ensurePulumiHome } from "../../../lab/plugins/index.ts";
import { readManifest, writeManifest } from "../../../lab/plugins/install.ts";
import { providerVersion, sdkVersion } from "../../../lab/plugins/versions.ts";
import type { Tools } from "../../../lab/types.ts";
import type { Progress } from "../../../support/progress.ts";

const progress: Progress = { plan() {}, say() {}, step: (_, work) => work(() => {}), timings: [] };
const day = 24 * 3600 * 1000;

describe("plugins: a Pulumi home for each state of the sources", () => {
    const dir = mkdtempSync(join(tmpdir(), "m3perf-homes-"));
    const root = join(dir, "cache/pulumi-home");
    const names = ["M3PERF_CACHE", "PULUMI_HOME", "PULUMI_CREDENTIALS_PATH"];
    const saved = names.map((name) => [name, process.env[name]] as const);
    beforeEach(() => {
        process.env.M3PERF_CACHE = join(dir, "cache");
        process.env.PULUMI_HOME = join(dir, "user");
        delete process.env.PULUMI_CREDENTIALS_PATH;
    });
    afterEach(() => {
        for (const [name, value] of saved) {
            if (value === undefined) delete process.env[name];
            else process.env[name] = value;
        }
        rmSync(root, { recursive: true, force: true });
    });
    after(() => rmSync(dir, { recursive: true, force: true }));

    const script = (path: string, text: string) => {
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
        return path;
    };
    const built = script(join(dir, "tools/pulumi"), `echo v${sdkVersion()}`);
    const tools: Tools = {
        path: () => built,
        all: () => [{ name: "pulumi", path: built, version: sdkVersion(), origin: "built from Go modules" }],
    };
    const manifest = (home: string, content: object) => {
        mkdirSync(home, { recursive: true });
        writeFileSync(join(home, "m3perf.json"), JSON.stringify(content));
    };
    const pluginIn = (home: string) =>
        join(home, `plugins/resource-random-v${providerVersion("random")}/pulumi-resource-random`);
    /** A home of other sources, whose official provider was downloaded; its probe found nothing else a moment ago. */
    const otherHome = (home: string) => {
        const pieces = { random: { key: "official", version: providerVersion("random"), origin: "official" } };
        manifest(home, { pieces, unreachableAt: Date.now() });
        return script(pluginIn(home), "echo downloaded");
    };

    it("leaves the plugins of other sources alone, and takes from them what is official", async function () {
        this.timeout(30_000);
        for (const other of [root, join(root, "0123456789abcdef")]) {
            const theirs = otherHome(other);
            const { env, choices } = await ensurePulumiHome({ tools, progress, providers: ["random"] });
            const home = env.PULUMI_HOME ?? "";
            assert.match(home, new RegExp(`^${root}/[0-9a-f]{16}$`));
            assert.notEqual(home, other);
            assert.equal(choices.find(({ name }) => name === "random")?.origin, "official");
            assert.match(readFileSync(pluginIn(home), "utf8"), /downloaded/);
            assert.match(readFileSync(theirs, "utf8"), /downloaded/);
            assert.equal(existsSync(join(other, "versions")), false, "nothing of ours in it");
            rmSync(root, { recursive: true });
        }
    });

    it("has one login and one selection of stacks for all of them", async function () {
        this.timeout(30_000);
        otherHome(root);
        const { env } = await ensurePulumiHome({ tools, progress, providers: [] });
        assert.equal(env.PULUMI_CREDENTIALS_PATH, root);
        assert.equal(realpathSync(join(env.PULUMI_HOME ?? "", "workspaces")), join(realpathSync(root), "workspaces"));
        process.env.PULUMI_CREDENTIALS_PATH = "/elsewhere";
        const again = await ensurePulumiHome({ tools, progress, providers: [] });
        assert.equal(again.env.PULUMI_CREDENTIALS_PATH, "/elsewhere");
    });

    it("never takes a substitute of another home for an official plugin of the user's", async function () {
        this.timeout(30_000);
        const other = join(root, "0123456789abcdef");
        otherHome(other);
        manifest(other, { pieces: {}, unreachableAt: Date.now() });
        process.env.PULUMI_HOME = other; // a shell of the other clone's `lab env`
        const { choices } = await ensurePulumiHome({ tools, progress, providers: ["random"] });
        assert.equal(choices.find(({ name }) => name === "random")?.origin, "substitute");
    });

    it("forgets homes that no command has used for 30 days, never what is the user's", async () => {
        const [old, young, own] = ["a", "b", "c"].map((letter) => join(root, letter.repeat(16))) as [
            string,
            string,
            string,
        ];
        for (const home of [root, old, young, own]) {
            otherHome(home);
            mkdirSync(join(home, "versions"));
        }
        for (const name of ["credentials.json", "workspaces/x-workspace.json"]) script(join(root, name), "");
        const now = Date.now();
        for (const home of [root, old, own]) utimesSync(join(home, "m3perf.json"), 0, (now - 31 * day) / 1000);
        utimesSync(join(young, "m3perf.json"), 0, (now - 29 * day) / 1000);
        await pruneHomes(root, own, now);
        assert.deepEqual([old, young, own].map(existsSync), [false, true, true]);
        assert.deepEqual(
            ["plugins", "versions", "m3perf.json", "credentials.json", "workspaces/x-workspace.json"].filter((name) =>
                existsSync(join(root, name)),
            ),
            ["credentials.json", "workspaces/x-workspace.json"],
        );
    });

    it("a call that changed nothing puts no old manifest over another's new one", async () => {
        const home = join(dir, "alone");
        const piece = (key: string) => ({ pieces: { random: { key, version: "1.0.0", origin: "substitute" } } });
        manifest(home, piece("first"));
        const read = await readManifest(home);
        manifest(home, piece("second"));
        utimesSync(join(home, "m3perf.json"), 0, 0);
        assert.equal(await writeManifest(home, read, structuredClone(read)), false);
        assert.deepEqual(await readManifest(home), piece("second"));
        assert.ok(Date.now() - statSync(join(home, "m3perf.json")).mtimeMs < day, "marked as used");
        assert.equal(await writeManifest(home, read, piece("third")), true);
        assert.deepEqual(await readManifest(home), piece("third"));
    });
});
