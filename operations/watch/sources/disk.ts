import type { Objects } from "./objects.ts";
import { type Source, sideBySide } from "./source.ts";
import { type Disk, disksOf, readSummary } from "./summary.ts";

export interface Disks extends Source {
    nodes: Map<string, Disk>;
    /** By "namespace/name". */
    pods: Map<string, Disk>;
}

/** Disks by the kubelets' whole summaries. A kubelet measures volumes once a minute, so it is not asked more often. */
export function diskSource(objects: Objects, everyMs = 60_000): Disks {
    const source: Disks = {
        id: "disk",
        everyMs,
        nodes: new Map(),
        pods: new Map(),
        look: (look) =>
            sideBySide(
                objects.nodes.map(({ metadata: { name } }) => [
                    name,
                    async () => {
                        const { node, pods } = disksOf(await readSummary(look, name), look.now());
                        if (node) source.nodes.set(name, node);
                        for (const [key, disk] of pods) source.pods.set(key, disk);
                    },
                ]),
            ),
    };
    return source;
}
