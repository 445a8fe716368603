import { readdir, rm, rmdir, stat } from "node:fs/promises";
import { join } from "node:path";

const hour = 3600 * 1000;
const day = 24 * hour;

/**
 * Removes from the cache the layouts that no call has made or used for 30 days, and the blobs that no layout has had for a day.
 * Drafts of a call that was killed go after an hour in which nobody wrote to them, copies of official images after a day.
 * A running lab's registry has links of its own to what it serves.
 */
export async function pruneCache(cache: string, now = Date.now()): Promise<void> {
    const age = async (path: string) => now - ((await stat(path).catch(() => undefined))?.mtimeMs ?? 0);
    // A folder that another call removes meanwhile ends the listing: then the next call looks.
    for (const name of await readdir(cache, { recursive: true }).catch(() => [])) {
        const copy = /\.draft-\d+$/.test(name); // a folder of skopeo's (official.ts); the others are files (store.ts)
        if (!copy && !/\.draft-\d+-\d+$/.test(name)) continue;
        if ((await age(join(cache, name))) > (copy ? day : hour))
            await rm(join(cache, name), { recursive: true, force: true });
    }
    for (const reference of await list(join(cache, "layouts"))) {
        const folder = join(cache, "layouts", reference);
        for (const id of await list(folder)) {
            // index.json is written at every use. A folder without one is a call's that goes on, or that was stopped.
            const used = Math.min(await age(join(folder, id, "index.json")), await age(join(folder, id)));
            if (used > 30 * day) await rm(join(folder, id), { recursive: true, force: true });
        }
        await rmdir(folder).catch(() => {}); // only when it is empty
    }
    const blobs = join(cache, "blobs", "sha256");
    for (const name of await list(blobs)) {
        const info = await stat(join(blobs, name)).catch(() => undefined);
        if (info && info.nlink === 1 && now - info.mtimeMs > day) await rm(join(blobs, name), { force: true });
    }
}

function list(folder: string): Promise<string[]> {
    return readdir(folder).catch(() => []);
}
