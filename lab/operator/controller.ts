import { setTimeout as wait } from "node:timers/promises";
import { EventRecorder } from "./events.ts";
import type { KubeClient } from "./kube/client.ts";
import { watch } from "./kube/watch.ts";
import type { Log } from "./log.ts";
import type { M3Admin } from "./m3admin.ts";
import { labels, ownerKind } from "./names.ts";
import { WorkQueue } from "./queue.ts";
import { reconcileCluster } from "./reconcile/cluster.ts";
import type { Context } from "./reconcile/context.ts";
import { reconcilePod } from "./reconcile/pod.ts";
import type { KubeObject, M3DBCluster } from "./types.ts";

export interface ControllerOptions {
    kube: KubeClient;
    m3: (cluster: M3DBCluster) => M3Admin;
    log: Log;
    /** Seconds between two looks at everything; 300 as in 0.14. */
    resync?: number;
    signal: AbortSignal;
}

/** Seconds that a stop waits for the work at hand; well below any pod's grace period. */
const stopTimeout = 5;

const keyOf = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ""}/${metadata.name}`;
const partsOf = (key: string): [string, string] => {
    const [namespace = "", name = ""] = key.split("/");
    return [namespace, name];
};

/**
 * Watches M3DBClusters, their StatefulSets and pods and reconciles what changed; objects without the operator's labels never
 * reach it. One process: there is no leader election, as in the real operator (its StatefulSet has one replica). Returns
 * when the signal is aborted and the work at hand is done, or after 5 s: a sync that waits for M3 is given up.
 */
export async function runController(options: ControllerOptions): Promise<void> {
    const { kube, log, signal } = options;
    const events = new EventRecorder(kube, log);
    const context: Context = { kube, m3: options.m3, events, log, now: () => new Date() };

    const clusterQueue = new WorkQueue(async (key) => {
        const cluster = await kube.get("clusters", ...partsOf(key));
        if (!cluster) return log.info("cluster no longer exists", { key });
        await reconcileCluster(context, cluster);
        log.info("successfully synced item", { key });
    }, log);
    const podQueue = new WorkQueue(async (key) => {
        const pod = await kube.get("pods", ...partsOf(key));
        if (pod) await reconcilePod(context, pod);
    }, log);

    const clusters = new Set<string>();
    const pods = new Set<string>();
    const track = (known: Set<string>, queue: WorkQueue) => (object: KubeObject, change: string) => {
        const key = keyOf(object);
        if (change === "deleted") {
            known.delete(key);
            return;
        }
        known.add(key);
        queue.add(key);
    };
    const ofCluster = (object: KubeObject) => {
        const owner = object.metadata.ownerReferences?.find(({ controller }) => controller);
        if (owner?.kind === ownerKind) clusterQueue.add(`${object.metadata.namespace ?? ""}/${owner.name}`);
    };

    let unsynced = 3;
    const onSynced = () => {
        unsynced -= 1;
        if (unsynced === 0) log.info("watching", { clusters: clusters.size, pods: pods.size });
    };
    const existing = [labels.cluster];
    const common = { onSynced, signal, log };
    const resync = setInterval(
        () => {
            for (const key of clusters) clusterQueue.add(key);
            for (const key of pods) podQueue.add(key);
        },
        (options.resync ?? 300) * 1000,
    );
    try {
        await Promise.all([
            watch(kube, { ...common, kind: "clusters", onChange: track(clusters, clusterQueue) }),
            watch(kube, { ...common, kind: "statefulSets", existing, onChange: ofCluster }),
            watch(kube, { ...common, kind: "pods", existing, onChange: track(pods, podQueue) }),
        ]);
    } finally {
        clearInterval(resync);
        const done = Promise.all([clusterQueue.stop(), podQueue.stop()]).then(() => events.flushed());
        await Promise.race([done, wait(stopTimeout * 1000, undefined, { ref: false })]);
    }
}
