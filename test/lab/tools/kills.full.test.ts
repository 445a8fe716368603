/** What takes long: builds from Go modules killed again and again; the next one has to be whole all the same. */
import assert from "node:assert/strict";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { ensureSet } from "../../../lab/tools/build.ts";
import { readGoEnvironment } from "../../../lab/tools/go.ts";
import { probeOf } from "../../../lab/tools/sets.ts";
import { probeVersion } from "../../../lab/tools/versions.ts";
import { waitFor } from "../../../support/wait.ts";
import { killCount, killed, processesNaming, randomKill } from "../../support/kills.ts";
import { tinySet, writeTinyManifest } from "./tiny.ts";

const kills = killCount("tools", 12);

describe("tools: building a set, killed", function () {
    this.timeout(30 * 60_000);
    let folder: string;
    before(async () => {
        folder = await mkdtemp(join(tmpdir(), "m3perf-build-"));
    });
    after(() => rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }));

    it(`killed ${kills} times, the next build is whole, and nothing of the others is left`, async () => {
        const [cache, manifest] = [join(folder, "cache"), join(folder, "manifest")];
        await writeTinyManifest(manifest);
        const folders = async () => (await readdir(cache)).filter((name) => !name.startsWith(".lock"));
        let cut = 0;
        for (let index = 0; cut < kills && index < 3 * kills; index++) {
            const really = await killed(
                process.execPath,
                [join(import.meta.dirname, "builder.ts"), cache, manifest],
                randomKill(index, 800, 200),
            );
            if (really) cut += 1;
            else for (const name of await folders()) await rm(join(cache, name), { recursive: true });
        }
        assert.equal(cut, kills, "killed before they were done");
        const built = await ensureSet(tinySet, {
            cache,
            manifest,
            go: await readGoEnvironment(),
            jobs: 2,
            note: () => {},
        });
        for (const name of ["one", "two"])
            assert.deepEqual(await probeVersion(join(built, name), probeOf(tinySet, name)), { version: "1.2.3" });
        assert.deepEqual(await folders(), [basename(built)]);
        await waitFor({ what: "every compiler to end", timeout: 20 }, () => processesNaming(folder).length === 0);
    });
});
