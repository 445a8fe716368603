import { wipeData } from "../../rebuild/wipe.ts";
import type { Fault } from "./fault.ts";
import type { Hands } from "./hands.ts";

/** Seconds for what Kubernetes does by itself: ends pods, starts them. After crashes it waits for up to five minutes before it starts one again. */
const limits = { gone: 120, back: 600 };

/** Does it, and returns when it is done. What a fault does to the rest of the environment is for the scenario to see. */
export async function make(fault: Fault, { nodes, cluster, settings }: Hands): Promise<void> {
    switch (fault.kind) {
        case "scale": {
            const { workload, to } = fault;
            await cluster.scale(workload, to);
            const what = `${workload.name} to have ${to} pods`;
            return await cluster.until(what, limits.gone, async () => (await cluster.workload(workload)).ready <= to);
        }
        case "restart": {
            const { namespace } = fault.workload;
            const pods = await cluster.pods(namespace, fault.selector);
            await Promise.all(pods.map((pod) => cluster.deletePod(namespace, pod)));
            return await gone(cluster, namespace, pods);
        }
        case "wipe": {
            const { namespace, pod } = fault;
            const before = await wipeData(cluster, namespace, pod);
            return await cluster.until(`${pod} to start again`, limits.gone, async () => {
                const now = await cluster.pod(namespace, pod);
                return now !== undefined && now.uid !== before;
            });
        }
        case "settings":
            return await settings(fault.change);
        default:
            return await nodes.make(fault.kind, fault.node);
    }
}

async function gone(cluster: Hands["cluster"], namespace: string, pods: string[]): Promise<void> {
    await cluster.until(`${pods.join(", ")} to be gone`, limits.gone, async () => {
        const left = await Promise.all(pods.map((pod) => cluster.pod(namespace, pod)));
        return left.every((pod) => pod === undefined);
    });
}

/** The part of a heal that changes something. Harmless where the fault is not there. */
export async function undo(fault: Fault, { nodes, cluster, settings }: Hands): Promise<void> {
    switch (fault.kind) {
        case "scale": {
            // Less than this fault left: a later one could not be undone. More: other hands have given it another number, which stays.
            if ((await cluster.workload(fault.workload)).wanted <= fault.to)
                await cluster.scale(fault.workload, fault.from);
            return;
        }
        case "restart":
        case "wipe":
            return; // Kubernetes starts them again
        case "settings":
            return await settings({});
        default:
            return await nodes.heal(fault.kind, fault.node);
    }
}

/** The part of a heal that waits. All faults are undone before one of them is waited for: they may need each other. */
export async function settled(fault: Fault, { cluster }: Hands): Promise<void> {
    switch (fault.kind) {
        case "scale":
        case "restart": {
            const { workload } = fault;
            return await cluster.until(`the pods of ${workload.name} to be Ready`, limits.back, async () => {
                const { wanted, ready } = await cluster.workload(workload);
                return ready >= wanted;
            });
        }
        case "wipe":
            return await cluster.until(`${fault.pod} to be Ready`, limits.back, async () => {
                return (await cluster.pod(fault.namespace, fault.pod))?.ready === true;
            });
        default:
            return;
    }
}
