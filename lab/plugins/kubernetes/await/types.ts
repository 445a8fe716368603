import type { Connection } from "../cluster/connection.ts";
import type { JsonObject, KubeObject } from "../cluster/objects.ts";

/** What one look at an object says. */
export interface Verdict {
    ready: boolean;
    /** What is missing, for the status line: "1 of 3 pods ready". */
    waitingFor?: string;
    /** It will not become ready by waiting: why. */
    failed?: string;
}

export interface AwaitContext {
    connection: Connection;
    signal: AbortSignal;
}

/** How readiness of one kind is told. */
export interface Awaiter {
    /** Seconds, unless the resource says otherwise; the official provider's figures. */
    timeout: number;
    assess(live: KubeObject, context: AwaitContext): Verdict | Promise<Verdict>;
    /** What stands in the way, one line each: which pod, which container, which event. */
    explain?(live: KubeObject, context: AwaitContext): Promise<string[]>;
    /** True when the object may be gone once it is done. */
    mayVanish?(live: JsonObject): boolean;
}

export const ready: Verdict = { ready: true };
export const waiting = (waitingFor: string): Verdict => ({ ready: false, waitingFor });
export const failed = (reason: string): Verdict => ({ ready: false, failed: reason });
