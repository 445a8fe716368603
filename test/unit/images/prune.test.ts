import assert from "node:assert/strict";
import { linkSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pruneCache } from "../../../lab/images/prune.ts";

describe("images: what the cache forgets", () => {
    const now = Date.now();
    const hours = (count: number) => new Date(now - count * 3_600_000);
    let cache: string;

    beforeEach(() => {
        cache = mkdtempSync(join(tmpdir(), "m3perf-prune-"));
    });
    afterEach(() => rmSync(cache, { recursive: true, force: true }));

    function file(path: string, age: number): string {
        const whole = join(cache, path);
        mkdirSync(dirname(whole), { recursive: true });
        writeFileSync(whole, "x");
        utimesSync(whole, hours(age), hours(age));
        return whole;
    }
    const files = () =>
        readdirSync(cache, { recursive: true, withFileTypes: true })
            .filter((entry) => entry.isFile())
            .map(({ name }) => name)
            .sort();

    it("drafts that nobody has written to for an hour, wherever they are; not one that somebody writes", async () => {
        file("blobs/sha256/new.draft-4711-1", 1.1);
        file("blobs/sha256/new.draft-4712-2", 0.9);
        file("layers/base-1.json.draft-4711-2", 1.1);
        file("layouts/quay.io_m3db_m3dbnode:v1.5.0/id/index.json.draft-4711-3", 1.1);
        file("layouts/quay.io_m3db_m3dbnode:v1.5.0/id/index.json", 1.1);
        await pruneCache(cache, now);
        assert.deepEqual(files(), ["index.json", "new.draft-4712-2"]);
    });

    it("nothing, where there is no cache", async () => {
        await pruneCache(join(cache, "none"), now);
    });

    it("copies of official images that were cut off a day ago", async () => {
        const names = { "docker.io_a/id.draft-4711": 25, "docker.io_b/id.draft-4712": 23 };
        for (const [name, age] of Object.entries(names)) {
            file(`layouts/${name}/blob`, age);
            utimesSync(join(cache, "layouts", name), hours(age), hours(age));
        }
        await pruneCache(cache, now);
        assert.deepEqual(readdirSync(join(cache, "layouts")), ["docker.io_b"]);
    });

    it("blobs that no layout has had for a day, and layouts unused for thirty", async () => {
        file("blobs/sha256/old", 25);
        file("blobs/sha256/young", 23);
        const used = file("blobs/sha256/used", 25);
        file("layouts/image/new/index.json", 24 * 29);
        linkSync(used, join(cache, "layouts/image/new/blob"));
        file("layouts/image/past/index.json", 24 * 31);
        utimesSync(join(cache, "layouts/image/past"), hours(24 * 31), hours(24 * 31));
        await pruneCache(cache, now);
        assert.deepEqual(files(), ["blob", "index.json", "used", "young"]);
    });
});
