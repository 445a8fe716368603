/** What takes long: images built and killed again and again; the next build has to be whole all the same. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { ensureImages } from "../../../lab/images/index.ts";
import { pruneCache } from "../../../lab/images/prune.ts";
import { ensureTools } from "../../../lab/tools/index.ts";
import { createProgress } from "../../../support/progress.ts";
import { killCount, killed, randomKill } from "../../support/kills.ts";

const kills = killCount("images", 12);

describe("lab images, killed", function () {
    this.timeout(30 * 60_000);
    let cache: string;
    before(async () => {
        cache = await mkdtemp(join(tmpdir(), "m3perf-lab-images-"));
    });
    after(() => rm(cache, { recursive: true, force: true }));

    async function sha256(path: string): Promise<string> {
        const hash = createHash("sha256");
        await pipeline(createReadStream(path), hash);
        return hash.digest("hex");
    }

    it(`killed ${kills} times, the next build makes the same images as one that was never killed`, async () => {
        const progress = createProgress();
        const tools = await ensureTools({ progress });
        const probe = async () => false;
        let cut = 0;
        for (let index = 0; cut < kills && index < 3 * kills; index++) {
            const really = await killed(
                process.execPath,
                [join(import.meta.dirname, "builder.ts"), cache],
                randomKill(index, 3500, 1000),
                { mayFail: false },
            );
            if (really) cut += 1;
            else for (const part of ["layers", "layouts", "blobs"]) await rm(join(cache, part), { recursive: true });
        }
        assert.equal(cut, kills, "killed before they were done");
        const built = await ensureImages({ tools, progress, probe, cache });
        const wanted = await ensureImages({ tools, progress, probe });
        const digests = (images: typeof built) => images.map(({ reference, digest }) => `${reference} ${digest}`);
        assert.deepEqual(digests(built), digests(wanted));
        for (const { layout } of built) {
            const blobs = join(layout, "blobs/sha256");
            for (const name of await readdir(blobs)) assert.equal(await sha256(join(blobs, name)), name, layout);
        }
        // What the killed ones had begun is not kept for longer than somebody might still be writing it.
        await pruneCache(cache, Date.now() + 61 * 60_000);
        const names = (await readdir(cache, { recursive: true })).map((name) => basename(name));
        assert.deepEqual(
            names.filter((name) => name.includes(".draft-")),
            [],
        );
    });
});
