/** Waits until a deleted object is gone; says what holds it when it does not go. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Connection } from "../cluster/connection.ts";
import { at, describe, type KubeObject, listAt, type Reference, textAt } from "../cluster/objects.ts";

export interface DeletionRequest {
    connection: Connection;
    reference: Reference;
    /** What the deletion was answered with. */
    object: KubeObject;
    /** Seconds. */
    limit: number;
    signal: AbortSignal;
    status: (message: string) => void;
}

/** Throws when it is still there after `limit` seconds, or on cancel: the resource stays in the state. */
export async function awaitGone(request: DeletionRequest): Promise<void> {
    const { connection, reference, limit, signal } = request;
    const uid = textAt(request.object, "metadata", "uid");
    const deadline = performance.now() + limit * 1000;
    let pause = 50;
    let live: KubeObject | undefined = request.object;
    for (;;) {
        const seen = await connection.get(reference, signal).catch((error: unknown) => {
            if (signal.aborted) return live;
            throw error;
        });
        // Somebody (a controller) may have made a new one under the same name.
        if (!seen || textAt(seen, "metadata", "uid") !== uid) {
            request.status("");
            return;
        }
        live = seen;
        const holding = holdersOf(live);
        if (signal.aborted) throw new Error(`cancelled while ${describe(reference)} was being deleted (${holding})`);
        if (performance.now() >= deadline) {
            throw new Error(
                `${describe(reference)} is still there ${limit} s after its deletion: ${holding}\n` +
                    "  what to do: see that what removes it runs, then run this again; its time limit is customTimeouts.delete or " +
                    'the annotation "pulumi.com/timeoutSeconds"',
            );
        }
        request.status(`waiting until it is gone: ${holding}`);
        await sleep(pause, undefined, { signal }).catch(() => {});
        pause = Math.min(pause * 1.5, 1000);
    }
}

function holdersOf(live: KubeObject): string {
    const finalizers = [...listAt(live, "metadata", "finalizers"), ...listAt(live, "spec", "finalizers")].map(String);
    const conditions = listAt(live, "status", "conditions")
        .filter((entry) => at(entry, "status") === "True" && textAt(entry, "type").startsWith("Namespace"))
        .map((entry) => textAt(entry, "message"));
    if (finalizers.length === 0) return "no finalizer holds it; its grace period runs";
    return [`finalizers ${finalizers.join(", ")}`, ...conditions].join("; ");
}
