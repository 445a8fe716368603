import type { ClusterHands } from "../access/cluster-hands.ts";

/** M3's folders on its volume (operator: /var/lib/m3db). The process is ended a second later: it must not write them anew. */
const script = "rm -rf /var/lib/m3db/data /var/lib/m3db/index /var/lib/m3db/commitlogs /var/lib/m3db/snapshots";

/** A database pod loses its files and is started again. Returns the uid of the pod that there was. */
export async function wipeData(cluster: ClusterHands, namespace: string, pod: string): Promise<string | undefined> {
    const before = await cluster.pod(namespace, pod);
    await cluster.exec(namespace, pod, script);
    await cluster.deletePod(namespace, pod, 1);
    return before?.uid;
}
