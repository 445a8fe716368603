/** Kubernetes' conditions, and the generation that a status speaks of. */
import { type Json, type JsonObject, listAt, numberAt, textAt } from "../cluster/objects.ts";

export interface Condition {
    type: string;
    status: string;
    reason: string;
    message: string;
    /** 0 when the condition does not say. */
    observedGeneration: number;
}

export function conditionsOf(object: JsonObject): Condition[] {
    return listAt(object, "status", "conditions").map(conditionFrom);
}

function conditionFrom(entry: Json): Condition {
    return {
        type: textAt(entry, "type"),
        status: textAt(entry, "status"),
        reason: textAt(entry, "reason"),
        message: textAt(entry, "message"),
        observedGeneration: numberAt(entry, "observedGeneration"),
    };
}

export function conditionOf(object: JsonObject, type: string): Condition | undefined {
    return conditionsOf(object).find((condition) => condition.type === type);
}

/** "ImagePullBackOff: Back-off pulling …", as much as there is. */
export function because({ reason, message }: Pick<Condition, "reason" | "message">): string {
    return [reason, message].filter((text) => text !== "").join(": ");
}

/** False while the controller has not seen the newest spec: its status speaks of an older one. */
export function isObserved(object: JsonObject): boolean {
    const observed = numberAt(object, "status", "observedGeneration");
    return observed >= numberAt(object, "metadata", "generation");
}
