/** What takes long: builds from Go modules killed again and again; the next one has to be whole all the same. */
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { ensureSet, wrongBinaries } from "../../../lab/tools/build.ts";
import { readGoEnvironment } from "../../../lab/tools/go.ts";
import { cacheDir } from "../../../support/paths.ts";
import { waitFor } from "../../../support/wait.ts";
import { killCount, killed, processesNaming, randomKill } from "../../support/kills.ts";
import { builtHere, writeTinyManifest } from "./tiny.ts";

interface Suite {
    what: string;
    kills: number;
    /** Milliseconds after the start: the first moment, and the length of time after it in which the kill comes. */
    earliest: number;
    longest: number;
    /** Go's build cache is the suite's own and empty: the build is the long one. */
    cold: boolean;
}

const suites: Suite[] = [
    { what: "a tiny set", kills: killCount("tools", 12), earliest: 200, longest: 600, cold: false },
    // A set has to be linked in one go, 10 to 30 s in all; what was compiled before a kill stays in go's cache.
    { what: "M3 from nothing", kills: killCount("build", 6), earliest: 300, longest: 25_000, cold: true },
];

for (const { what, kills, earliest, longest, cold } of suites) {
    describe(`tools: building ${what}, killed`, function () {
        this.timeout(75 * 60_000);
        const given = process.env.GOCACHE;
        let folder: string;
        before(async () => {
            await mkdir(cacheDir(), { recursive: true });
            folder = await mkdtemp(join(cacheDir(), "test-build-")); // up to 3 GiB: not for a /tmp that is memory
            if (cold) process.env.GOCACHE = join(folder, "go");
        });
        after(async () => {
            if (given === undefined) delete process.env.GOCACHE;
            else process.env.GOCACHE = given;
            await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
        });

        it(`killed ${kills} times, the next build is whole, and nothing of the others is left`, async () => {
            const cache = join(folder, "cache");
            const manifest = cold ? undefined : join(folder, "manifest");
            if (manifest) await writeTinyManifest(manifest);
            const folders = async () => (await readdir(cache)).filter((name) => !name.startsWith(".lock"));
            const words = [join(import.meta.dirname, "builder.ts"), cache, ...(manifest ? [manifest] : [])];
            let cut = 0;
            for (let index = 0; cut < kills && index < 5 * kills; index++) {
                const kill = randomKill(index, longest, earliest);
                if (await killed(process.execPath, words, kill, { mayFail: false })) cut += 1;
                else for (const name of await folders()) await rm(join(cache, name), { recursive: true });
            }
            assert.equal(cut, kills, "killed before they were done");
            const set = builtHere(manifest);
            const options = { cache, go: await readGoEnvironment(), jobs: 2, note: () => {} };
            const built = await ensureSet(set, manifest ? { ...options, manifest } : options);
            assert.deepEqual(await wrongBinaries(set, built), []);
            assert.deepEqual(await folders(), [basename(built)]);
            await waitFor({ what: "every compiler to end", timeout: 60 }, () => processesNaming(folder).length === 0);
        });
    });
}
