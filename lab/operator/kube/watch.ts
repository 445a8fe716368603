import { setTimeout as wait } from "node:timers/promises";
import { messageOf } from "../../../support/errors.ts";
import type { Log } from "../log.ts";
import { type KubeClient, KubeError } from "./client.ts";
import type { Kind, Kinds } from "./resources.ts";

export interface WatchOptions<K extends Kind> {
    kind: K;
    /** Label keys that must be there, so that other workloads' objects never reach this process. */
    existing?: string[];
    onChange: (object: Kinds[K], change: "added" | "modified" | "deleted") => void;
    /** Called after the first complete list. */
    onSynced: () => void;
    signal: AbortSignal;
    log: Log;
}

interface Seen {
    version: string;
    namespace: string;
    /** Kept for a deletion that a broken watch did not tell. */
    object: unknown;
}

/**
 * Lists, then watches, for ever: a watch that ends goes on from the last version; one that is too old (410) or cannot be
 * opened starts over with a list, after a pause that doubles up to 30 s. Ends when the signal is aborted.
 */
export async function watch<K extends Kind>(client: KubeClient, options: WatchOptions<K>): Promise<void> {
    const { kind, existing = [], onChange, signal, log } = options;
    const seen = new Map<string, Seen>();
    let synced = false;
    let failures = 0;

    const tell = (object: Kinds[K], deleted: boolean) => {
        const { name, namespace = "", uid = "", resourceVersion: version = "" } = object.metadata;
        const key = `${namespace}/${name}/${uid}`;
        const before = seen.get(key);
        if (deleted) {
            seen.delete(key);
            onChange(object, "deleted");
        } else if (before?.version !== version) {
            const { ownerReferences, labels, annotations } = object.metadata;
            const slim = { metadata: { name, namespace, uid, ownerReferences, labels, annotations } };
            seen.set(key, { version, namespace, object: slim });
            onChange(object, before ? "modified" : "added");
        }
    };

    const relist = async (): Promise<string> => {
        const { items, version } = await client.listWithVersion(kind, "", {}, existing);
        const now = new Set(items.map(({ metadata: m }) => `${m.namespace ?? ""}/${m.name}/${m.uid ?? ""}`));
        for (const [key, { object }] of seen) if (!now.has(key)) tell(object as Kinds[K], true);
        for (const item of items) tell(item, false);
        if (!synced) options.onSynced();
        synced = true;
        return version;
    };

    const pauseAfter = (seconds: number) => wait(Math.max(seconds, 0.1) * 1000, undefined, { signal }).catch(() => {});
    let version = "";
    while (!signal.aborted) {
        const begun = performance.now();
        try {
            if (version === "") version = await relist();
            version = await follow(client, kind, existing, version, signal, tell);
            if (performance.now() - begun > 1000) failures = 0;
            else await pauseAfter(0); // a server that ends each watch at once must not be asked in a tight loop
        } catch (error) {
            if (signal.aborted) return;
            version = "";
            const expired = error instanceof KubeError && (error.status === 410 || error.reason === "Expired");
            failures = performance.now() - begun > 60_000 ? 1 : failures + 1;
            if (expired && failures === 1) continue;
            const pause = Math.min(0.5 * 2 ** (failures - 1), 30);
            log.warn("watch broken, listing again", { kind, error: messageOf(error), pause });
            await pauseAfter(pause);
        }
    }
}

/** Reads one watch to its end. Returns the version to go on from. */
async function follow<K extends Kind>(
    client: KubeClient,
    kind: K,
    existing: string[],
    from: string,
    signal: AbortSignal,
    tell: (object: Kinds[K], deleted: boolean) => void,
): Promise<string> {
    let version = from;
    const seconds = 240 + Math.floor(Math.random() * 60); // not all watches end at once
    const limit = AbortSignal.any([signal, AbortSignal.timeout((seconds + 30) * 1000)]);
    const stream = await client.watch(kind, version, existing, seconds, limit);
    stream.setEncoding("utf8");
    let rest = "";
    for await (const chunk of stream) {
        const lines = (rest + chunk).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) {
            if (!line.trim()) continue;
            const { type, object } = JSON.parse(line) as { type: string; object: Kinds[K] };
            if (type === "ERROR") {
                const status = object as unknown as { code?: number; reason?: string; message?: string };
                throw new KubeError(`watch ${kind}`, status.code ?? 0, status.reason ?? "", status.message ?? "");
            }
            version = object.metadata.resourceVersion ?? version;
            if (type !== "BOOKMARK") tell(object, type === "DELETED");
        }
    }
    return version;
}
