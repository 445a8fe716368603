import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
    chmodSync,
    lstatSync,
    mkdirSync,
    mkdtempSync,
    readFileSync,
    rmSync,
    statSync,
    symlinkSync,
    writeFileSync,
} from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ensurePulumiHome } from "../../../lab/plugins/index.ts";
import { downloadCli, reachable } from "../../../lab/plugins/official.ts";
import { compareVersions, providerVersion, sdkVersion } from "../../../lab/plugins/versions.ts";
import type { Tools } from "../../../lab/types.ts";
import type { Progress } from "../../../support/progress.ts";

const said: string[] = [];
const progress: Progress = {
    plan() {},
    say: (text) => said.push(text),
    step: (_, work) => work(() => {}),
    timings: [],
};

describe("plugins: the Pulumi home", () => {
    const dir = mkdtempSync(join(tmpdir(), "m3perf-home-"));
    const saved = { PATH: process.env.PATH, PULUMI_HOME: process.env.PULUMI_HOME };
    before(() => {
        process.env.PULUMI_HOME = join(dir, "user");
    });
    afterEach(() => {
        process.env.PATH = saved.PATH;
    });
    after(() => {
        if (saved.PULUMI_HOME === undefined) delete process.env.PULUMI_HOME;
        else process.env.PULUMI_HOME = saved.PULUMI_HOME;
        rmSync(dir, { recursive: true, force: true });
    });

    /** A script that says its version, as an executable would. */
    const script = (path: string, version: string) => {
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, `#!/bin/sh\necho v${version}\n`);
        chmodSync(path, 0o755);
        return path;
    };
    const built = script(join(dir, "tools/pulumi"), sdkVersion());
    const tools: Tools = {
        path: () => built,
        all: () => [{ name: "pulumi", path: built, version: sdkVersion(), origin: "built from Go modules" }],
    };
    /** As if the network had been asked already: tests reach no host. */
    const offline = (home: string) => {
        mkdirSync(home, { recursive: true });
        writeFileSync(join(home, "m3perf.json"), JSON.stringify({ pieces: {}, unreachableAt: Date.now() }));
        return home;
    };

    it("has substitutes in the layout that the CLI knows, executable, and says so", async function () {
        this.timeout(30_000);
        const home = offline(join(dir, "one"));
        const result = await ensurePulumiHome({ tools, progress, home, providers: ["random", "command"] });
        assert.equal(result.bin, join(home, "versions", sdkVersion(), "bin"));
        assert.equal(result.env.PULUMI_HOME, home);
        assert.equal(result.env.PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION, "true");
        assert.deepEqual(result.choices, [
            { name: "CLI", version: sdkVersion(), origin: "built from Go modules" },
            { name: "language host", version: sdkVersion(), origin: "substitute" },
            { name: "random", version: providerVersion("random"), origin: "substitute" },
            { name: "command", version: providerVersion("command"), origin: "substitute" },
        ]);
        const plugin = join(home, "plugins", `resource-random-v${providerVersion("random")}`, "pulumi-resource-random");
        for (const file of ["pulumi", "pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs"]) {
            assert.ok(statSync(join(result.bin, file)).mode & 0o100, file);
        }
        assert.match(said.at(-1) ?? "", /substitutes.*random 4/);

        const before = statSync(plugin).mtimeMs;
        await ensurePulumiHome({ tools, progress, home, providers: ["random", "command"] });
        assert.equal(statSync(plugin).mtimeMs, before, "nothing to do the second time");
        const manifest = readFileSync(join(home, "m3perf.json"), "utf8");
        writeFileSync(join(home, "m3perf.json"), manifest.replace(/("random": {\s+"key": ")/, "$1other "));
        await ensurePulumiHome({ tools, progress, home, providers: ["random", "command"] });
        assert.notEqual(statSync(plugin).mtimeMs, before, "made anew when its sources have changed");
    });

    it("takes the file itself where the CLI is given as a link: its language host lies beside it", async function () {
        this.timeout(30_000);
        const link = join(dir, "linked");
        symlinkSync(built, link);
        const result = await ensurePulumiHome({
            tools: { path: () => link, all: tools.all },
            progress,
            home: offline(join(dir, "two")),
            providers: [],
        });
        assert.ok(!lstatSync(join(result.bin, "pulumi")).isSymbolicLink());
    });

    it("prefers the user's official plugins of exactly the right versions", async function () {
        this.timeout(30_000);
        const version = providerVersion("random");
        script(join(dir, "user/plugins", `resource-random-v${version}`, "pulumi-resource-random"), version);
        script(join(dir, "user/plugins/resource-command-v0.0.1/pulumi-resource-command"), "0.0.1");
        const home = offline(join(dir, "three"));
        const { choices } = await ensurePulumiHome({ tools, progress, home, providers: ["random", "command"] });
        assert.deepEqual(
            choices.map(({ name, origin }) => [name, origin]),
            [
                ["CLI", "built from Go modules"],
                ["language host", "substitute"],
                ["random", "official"],
                ["command", "substitute"],
            ],
        );
        const placed = join(home, "plugins", `resource-random-v${version}`, "pulumi-resource-random");
        assert.match(readFileSync(placed, "utf8"), /^#!\/bin\/sh\necho v4/);

        rmSync(join(dir, "user/plugins"), { recursive: true });
        const again = await ensurePulumiHome({ tools, progress, home, providers: ["random"] });
        assert.equal(again.choices[2]?.origin, "official", "an official plugin in the home stays");
    });

    it("prefers the user's CLI with its own language host, unless it is older than the SDK", async function () {
        this.timeout(30_000);
        for (const [version, origin] of [
            ["3.0.0", "built from Go modules"],
            ["3.999.0", "official"],
        ] as const) {
            const folder = join(dir, `official-${version}`);
            script(join(folder, "pulumi"), version);
            script(join(folder, "pulumi-language-nodejs"), version);
            process.env.PATH = `${folder}:${saved.PATH}`;
            const home = offline(join(dir, `four-${version}`));
            const { bin, choices, env } = await ensurePulumiHome({ tools, progress, home, providers: [] });
            assert.equal(choices[0]?.origin, origin, version);
            const expected = origin === "official" ? version : sdkVersion();
            assert.equal(execFileSync(join(bin, "pulumi"), { encoding: "utf8" }).trim(), `v${expected}`);
            assert.equal(env.PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION === undefined, origin === "official");
        }
    });

    it("compares versions by number", () => {
        assert.ok(compareVersions("3.259.0", "3.30.1") > 0);
        assert.ok(compareVersions("3.9.0", "3.10.0") < 0);
        assert.equal(compareVersions("3.259.0", "3.259.0-dev.0"), 0);
    });
});

describe("plugins: looking for official downloads", () => {
    const servers: Server[] = [];
    after(() => {
        for (const server of servers) server.close();
    });
    const listen = async (server: Server) => {
        servers.push(server);
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        return (server.address() as AddressInfo).port;
    };

    it("finds what answers, and waits no longer than the limit for what does not", async () => {
        const web = createHttpServer((request, response) =>
            response.writeHead(request.url === "/there" ? 200 : 404).end(),
        );
        const port = await listen(web);
        const sockets: { destroy(): void }[] = [];
        const silent = await listen(createServer((socket) => sockets.push(socket)));
        const there = `http://127.0.0.1:${port}/there`;
        const urls = [there, `http://127.0.0.1:${port}/missing`, "http://127.0.0.1:1/refused"];
        // The limit holds the start of a process as well, which takes its time on a busy machine.
        assert.deepEqual([...(await reachable(urls, 25))], [there]);
        // Without a limit this would never end.
        assert.deepEqual([...(await reachable([`https://127.0.0.1:${silent}/x`], 1))], []);
        for (const socket of sockets) socket.destroy();
    });

    it("unpacks the CLI's archive and refuses one of another version", async () => {
        const dir = mkdtempSync(join(tmpdir(), "m3perf-archive-"));
        try {
            mkdirSync(join(dir, "pulumi"));
            writeFileSync(join(dir, "pulumi/pulumi"), "#!/bin/sh\necho v3.1.0\n", { mode: 0o755 });
            execFileSync("tar", ["-czf", join(dir, "a.tar.gz"), "-C", dir, "pulumi"]);
            const web = createHttpServer((_, response) => response.end(readFileSync(join(dir, "a.tar.gz"))));
            const url = `http://127.0.0.1:${await listen(web)}/a.tar.gz`;
            await downloadCli("3.1.0", join(dir, "good"), undefined, url);
            assert.ok(statSync(join(dir, "good/pulumi")).isFile());
            await assert.rejects(downloadCli("3.2.0", join(dir, "other"), undefined, url), /holds v3\.1\.0/);
        } finally {
            rmSync(dir, { recursive: true, force: true });
        }
    });
});
