/**
 * Official images where an official registry answers. Not seen by us: no official registry can be reached from our
 * machines, so the copy was only run from a local registry.
 */
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { messageOf } from "../../support/errors.ts";
import { exec, run } from "../../support/exec.ts";
import { createProgress } from "../../support/progress.ts";
import { ensurePackages } from "../tools/index.ts";
import { readLayout } from "./layout.ts";
import { parseReference } from "./reference.ts";

/** Does this registry host answer? */
export type Probe = (host: string) => Promise<boolean>;

/** Docker Hub's API has a host of its own. */
const apiHost = (host: string) => (host === "docker.io" ? "registry-1.docker.io" : host);

/** Asks with curl, which knows the user's proxies; 3 s at most. A registry answers /v2/ with 200 or, before a login, 401. */
export function curlProbe(curl: string, signal?: AbortSignal): Probe {
    return async (host) => {
        const args = ["-sS", "-L", "-o", "/dev/null", "-w", "%{http_code}", "--max-time", "2.5"];
        const options = { timeout: 3, ...(signal ? { signal } : {}) };
        const result = await exec(curl, [...args, `https://${apiHost(host)}/v2/`], options).catch(() => undefined);
        return result?.code === 0 && ["200", "401"].includes(result.stdout);
    };
}

/** The hosts of these images that answer; all are asked at once. */
export async function reachableHosts(references: string[], probe: Probe): Promise<Set<string>> {
    const hosts = [...new Set(references.map((reference) => parseReference(reference).host))];
    const answers = await Promise.all(hosts.map((host) => probe(host).catch(() => false)));
    return new Set(hosts.filter((_, index) => answers[index]));
}

type CopyResult = { layout: string; digest: string } | { problem: string };

/** Copies one image by its official name; never throws but when it is aborted. */
export type OfficialCopier = (reference: string) => Promise<CopyResult>;

/** Copies with skopeo, which is installed when it is not there. */
export async function officialCopier(cache: string, signal?: AbortSignal): Promise<OfficialCopier> {
    try {
        const skopeo = await ensureSkopeo(signal);
        return (reference) => copyOfficial(reference, { cache, skopeo, signal });
    } catch (error) {
        signal?.throwIfAborted();
        return async () => ({ problem: messageOf(error) });
    }
}

export interface CopyOptions {
    /** Folder of the images' cache. */
    cache: string;
    /** Path of skopeo. */
    skopeo: string;
    /** Name for skopeo instead of docker://<reference>: tests copy from a local registry, without TLS. */
    source?: { name: string; insecure: true };
    signal?: AbortSignal | undefined;
}

/** Copies an official image, this machine's platform only, to an image layout; one that was copied before is taken again. */
export async function copyOfficial(reference: string, options: CopyOptions): Promise<CopyResult> {
    const layout = join(options.cache, "official", reference.replaceAll(/[/:]/g, "_")); // skopeo reads ":" as a tag's begin
    try {
        if (!existsSync(layout)) await copy(reference, layout, options);
        return { layout, digest: (await readLayout(layout)).descriptor.digest };
    } catch (error) {
        options.signal?.throwIfAborted();
        return { problem: messageOf(error) };
    }
}

async function copy(reference: string, layout: string, options: CopyOptions): Promise<void> {
    const draft = `${layout}.draft-${process.pid}`;
    await mkdir(dirname(layout), { recursive: true });
    const tls = options.source ? ["--src-tls-verify=false"] : [];
    const from = options.source?.name ?? `docker://${reference}`;
    const args = ["copy", "--quiet", "--insecure-policy", ...tls, from, `oci:${draft}`];
    try {
        await run(options.skopeo, args, { timeout: 900, ...(options.signal ? { signal: options.signal } : {}) });
        await rename(draft, layout);
    } finally {
        await rm(draft, { recursive: true, force: true });
    }
}

/** skopeo's path. It is needed only where an official registry answers, so it is not among the lab's packages. */
export async function ensureSkopeo(signal?: AbortSignal): Promise<string> {
    const found = await exec("skopeo", ["--version"], { timeout: 10 }).catch(() => undefined);
    if (found?.code !== 0) {
        await ensurePackages({ progress: createProgress(), names: ["skopeo"], ...(signal ? { signal } : {}) });
    }
    return "skopeo";
}
