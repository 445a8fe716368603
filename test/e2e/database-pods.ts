/** What the end-to-end tests of M3DB's settings see of the database pods. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { Placement } from "../../components/nodes/roll/m3-state.ts";
import type { Kubernetes } from "../../operations/access/kubernetes.ts";
import type { Namespaces } from "../../operations/access/m3.ts";
import { kubectlJson } from "./environment.ts";

export const pods = [0, 1, 2].map((index) => `m3-cluster-rep${index}-0`);

/** Go heap in use after a collection, and resident memory, of each database pod. */
export function memory(kubernetes: Kubernetes): Promise<string[]> {
    return Promise.all(
        pods.map(async (pod) => {
            const heap = await kubernetes.pod("m3db", pod, 9004, "/debug/pprof/heap", {
                query: { debug: "1", gc: "1" },
            });
            const metrics = await kubernetes.pod("m3db", pod, 7203, "/metrics");
            const mebibytes = (text: string, pattern: RegExp) =>
                Math.round(Number(pattern.exec(text)?.[1] ?? 0) / 2 ** 20);
            const inUse = mebibytes(heap.body, /^# HeapInuse = (\d+)/m);
            const resident = mebibytes(metrics.body, /^process_resident_memory_bytes (\S+)/m);
            return `${pod} heap ${inUse} MiB, resident ${resident} MiB`;
        }),
    );
}

/**
 * Looks at the database pods about twice a second: how many do not serve at once. One that gives no answer at all in time (its address has
 * just gone, or the API server is slow) counts neither way: the next look does.
 */
export function watch(kubernetes: Kubernetes) {
    const seen = { most: 0, rounds: 0, stop: async () => {} };
    let going = true;
    const look = async () => {
        const answers = await Promise.allSettled(pods.map((pod) => kubernetes.pod("m3db", pod, 9002, "/bootstrapped")));
        const told = answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value.status] : []));
        seen.most = Math.max(seen.most, told.filter((status) => status !== 200).length);
        if (told.length > 0) seen.rounds += 1;
    };
    const looking = (async () => {
        while (going) {
            await look();
            await sleep(500);
        }
    })();
    seen.stop = async () => {
        going = false;
        await looking;
        assert.ok(seen.rounds > 5, `only ${seen.rounds} looks succeeded, so nothing is known`);
    };
    return seen;
}

interface NodeList {
    items: { metadata: { name: string }; status: { addresses: { type: string; address: string }[] } }[];
}
export interface Pod {
    metadata: { name: string; uid: string; creationTimestamp: string };
    spec: { containers: Container[]; volumes: { configMap?: { name: string } }[] };
    status: { containerStatuses: { imageID: string }[] };
}
interface Container {
    image: string;
    env: { name: string; value?: string }[];
    resources: { requests?: Record<string, string>; limits?: Record<string, string> };
}
/** Where the load of steady-load.ts is written, and read back. */
export async function loadAddresses(): Promise<{ write: string[]; read: string }> {
    const { items } = await kubectlJson<NodeList>("get", "nodes");
    const addressOf = (name: string) =>
        items.find(({ metadata }) => metadata.name === name)?.status.addresses.find(({ type }) => type === "InternalIP")
            ?.address ?? "";
    return { write: [addressOf("worker-4"), addressOf("worker-5")], read: addressOf("worker-4") };
}

export const podsNow = async () =>
    (await kubectlJson<{ items: Pod[] }>("-n", "m3db", "get", "pods", "-l", "operator.m3db.io/app=m3db")).items;

export const uids = async () =>
    Object.fromEntries((await podsNow()).map(({ metadata }) => [metadata.name, metadata.uid]));

/** The database pods' names, the one that was made first before the others. */
export const byAge = async () =>
    (await podsNow())
        .map(({ metadata }) => metadata)
        .sort((a, b) => a.creationTimestamp.localeCompare(b.creationTimestamp))
        .map(({ name }) => name);

/** M3's administration, by the coordinator inside a database pod. */
async function askAdmin<T>(kubernetes: Kubernetes, path: string): Promise<T> {
    const headers = { "Cluster-Environment-Name": "m3db/m3-cluster" };
    return JSON.parse((await kubernetes.pod("m3db", pods[1] ?? "", 7201, path, { headers })).body) as T;
}

const registryOf = async (kubernetes: Kubernetes) =>
    (await askAdmin<Namespaces>(kubernetes, "/api/v1/services/m3db/namespace")).registry.namespaces ?? {};

/** "default READY" */
export const namespaces = async (kubernetes: Kubernetes) =>
    Object.entries(await registryOf(kubernetes))
        .map(([name, { stagingState }]) => `${name} ${stagingState?.status ?? "UNKNOWN"}`)
        .sort();

export const retentionOf = async (kubernetes: Kubernetes, name: string) =>
    (await registryOf(kubernetes))[name]?.retentionOptions?.retentionPeriodNanos;

/** The operator's identity of a pod is its name as JSON (`podIdentityConfig: {sources: []}`). */
const nameOf = (id: string) => (JSON.parse(id) as { name: string }).name;

/** Shards of each instance, by its pod's name; all of them AVAILABLE. */
export async function shardsOf(kubernetes: Kubernetes): Promise<Record<string, number>> {
    const path = "/api/v1/services/m3db/placement";
    const { placement } = await askAdmin<{ placement: Placement }>(kubernetes, path);
    return Object.fromEntries(
        Object.values(placement.instances ?? {}).map(({ id, shards = [] }) => {
            assert.ok(shards.every(({ state }) => state === "AVAILABLE"));
            return [nameOf(id), shards.length];
        }),
    );
}
