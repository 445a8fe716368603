import type { Scenario } from "../scenario.ts";
import type { Site } from "../site.ts";

/** The lab's registry has its own builds alone, under the official names (lab/images). */
export function pinnedInTheLab(site: Site, { images }: Scenario): string[] {
    const pinned = Object.entries(images).flatMap(([name, reference]) => (reference.includes("@") ? [name] : []));
    if (!site.sharedKernel || pinned.length === 0) return [];
    return [
        `m3perf:images, ${pinned.join(", ")}: pinned by digest, but the lab builds its images itself: unless the digest is of its own build, it cannot be pulled, and the pods wait for it (docs/pinning.md)`,
    ];
}
