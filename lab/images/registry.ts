/**
 * The local registry: Debian's docker-registry (distribution 2.8) over a storage folder that we write ourselves, so that
 * nothing has to be pushed and the process can be read-only. It serves images under their official names without the
 * host, which is how containerd asks a mirror: GET /v2/m3db/m3dbnode/manifests/v1.5.0?ns=quay.io
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { UserError } from "../../support/errors.ts";
import type { Image, Tools } from "../types.ts";
import { readLayout } from "./layout.ts";
import { parseReference } from "./reference.ts";
import { blobPath, linkFile, writeWhole } from "./store.ts";

export interface RegistryOptions {
    images: Image[];
    /** "address:port" to listen on, in the network namespace that the process is started in. */
    listen: string;
    /** Folder for its storage and configuration; filled here. Images of an earlier call that keep their name are replaced. */
    dir: string;
    tools: Tools;
}

/** What to start: it stays in the foreground, logs to stderr and ends at SIGTERM. `GET /v2/` answers 200 when it is up. */
export async function registryCommand(options: RegistryOptions): Promise<{ command: string; args: string[] }> {
    const { images, listen, dir, tools } = options;
    refuseClashes(images.map(({ reference }) => reference));
    const storage = join(dir, "storage");
    for (const image of images) await storeImage(storage, image);
    const config = join(dir, "config.yml");
    await mkdir(storage, { recursive: true });
    await writeWhole(config, stringify(registryConfig(listen, storage)));
    return { command: tools.path("docker-registry"), args: ["serve", config] };
}

/** https://distribution.github.io/distribution/about/configuration/ */
export function registryConfig(listen: string, storage: string): object {
    return {
        version: 0.1,
        log: { level: "warn", accesslog: { disabled: true } },
        storage: {
            filesystem: { rootdirectory: storage },
            delete: { enabled: false },
            maintenance: { uploadpurging: { enabled: false }, readonly: { enabled: true } },
        },
        http: { addr: listen, secret: "unused: nothing can be uploaded" },
    };
}

/**
 * What containerd needs to take every image from the registry: the text of `<config_path>/_default/hosts.toml`
 * (https://github.com/containerd/containerd/blob/main/docs/hosts.md). `address` is the registry's "address:port".
 */
export function mirrorConfig(address: string): string {
    return `[host."http://${address}"]\n  capabilities = ["pull", "resolve"]\n`;
}

/** A mirror of several hosts sees no host in the path: two images that differ in nothing else cannot both be served. */
export function refuseClashes(references: string[]): void {
    const seen = new Map<string, string>();
    for (const reference of references) {
        const { repository, tag } = parseReference(reference);
        const other = seen.get(`${repository}:${tag}`);
        if (other && other !== reference) {
            throw new UserError("two images differ only in their host", { what: `${other} and ${reference}` });
        }
        seen.set(`${repository}:${tag}`, reference);
    }
}

/** Puts an image where distribution's filesystem driver looks: blobs once, links from each repository to its own. */
async function storeImage(storage: string, image: Image): Promise<void> {
    const { repository, tag } = parseReference(image.reference);
    const { descriptor, manifest } = await readLayout(image.layout);
    const root = join(storage, "docker/registry/v2");
    const layers = [manifest.config, ...manifest.layers].map(({ digest }) => digest);
    for (const digest of [descriptor.digest, ...layers]) {
        const hex = digest.replace("sha256:", "");
        await linkFile(blobPath(image.layout, digest), join(root, "blobs/sha256", hex.slice(0, 2), hex, "data"));
    }
    const own = join(root, "repositories", repository);
    const point = (place: string, digest: string) => writeWhole(join(own, place, "link"), digest);
    const below = (digest: string) => digest.replace(":", "/");
    for (const digest of layers) await point(`_layers/${below(digest)}`, digest);
    await point(`_manifests/revisions/${below(descriptor.digest)}`, descriptor.digest);
    await point(`_manifests/tags/${tag}/index/${below(descriptor.digest)}`, descriptor.digest);
    await point(`_manifests/tags/${tag}/current`, descriptor.digest);
}
