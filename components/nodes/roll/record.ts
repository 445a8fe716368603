/**
 * What a turn remembers, so that it goes on where it was after whatever ended it: on the Kubernetes node, as an annotation, or
 * on the host itself where there is no cluster. Written before each thing that it tells of.
 */
export interface TurnRecord {
    /** TurnInput.reason of the turn. */
    reason: string;
    /** We made the node unschedulable, so we make it schedulable again. False: somebody else had, and it stays so. */
    cordoned: boolean;
    /** The boot that was asked to end; absent until the reboot is asked for. */
    boot?: string;
    /** The command that switches the host off and on has ended well: it is not run again, however long the host takes. */
    cycled?: boolean;
    /** Pods of etcd and M3DB that the node carried: while the turn goes on, they may be missing. */
    carried: string[];
    /** Controllers of the pods that were evicted ("m3db/ReplicaSet/m3coordinator-5d4"), with how many pods each had ready. */
    controllers: Record<string, number>;
    /** Pods of the node ("namespace/name") that were not ready before: nobody waits for them after. */
    unready: string[];
}

/** The node's annotation that holds it, as JSON. */
export const turnAnnotation = "m3perf.io/turn";

/** Undefined for what is no record: a person's note under our key must not stop the turn. */
export function recordOf(text: string | undefined): TurnRecord | undefined {
    if (!text) return undefined;
    try {
        const { reason, cordoned, boot, cycled, carried, controllers, unready } = JSON.parse(
            text,
        ) as Partial<TurnRecord>;
        if (typeof reason !== "string") return undefined;
        return {
            reason,
            cordoned: cordoned === true,
            ...(typeof boot === "string" ? { boot } : {}),
            ...(cycled === true ? { cycled } : {}),
            carried: carried ?? [],
            controllers: controllers ?? {},
            unready: unready ?? [],
        };
    } catch {
        return undefined;
    }
}
