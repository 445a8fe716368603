/** Waits until an object is ready: by its kind, or by its `pulumi.com/waitFor` annotation. */
import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "../../../../support/errors.ts";
import { annotationOf, annotations, type JsonObject, type KubeObject, referenceOf } from "../cluster/objects.ts";
import { awaiterOf } from "./kinds.ts";
import type { AwaitContext, Awaiter } from "./types.ts";
import { customAwaiter } from "./wait-for.ts";

export interface AwaitRequest extends AwaitContext {
    object: KubeObject;
    inputs: JsonObject;
    /** Seconds from the resource's customTimeouts; 0 when there is none. */
    timeout: number;
    /** Tells what is being waited for; "" when it is over. */
    status: (message: string) => void;
}

export interface AwaitResult {
    object: KubeObject;
    /** Empty when ready; else what was missing. */
    missing: string[];
}

/** Throws UserError when the annotation cannot be understood. */
export function chooseAwaiter(inputs: JsonObject, object: KubeObject): Awaiter | undefined {
    if (annotationOf(inputs, annotations.skipAwait) === "true") return undefined;
    const expression = annotationOf(inputs, annotations.waitFor);
    return expression === "" ? awaiterOf(object) : customAwaiter(expression, object);
}

export async function awaitReady(request: AwaitRequest): Promise<AwaitResult> {
    const awaiter = chooseAwaiter(request.inputs, request.object);
    if (!awaiter) return { object: request.object, missing: [] };
    const limit = limitOf(request.timeout, request.inputs, awaiter.timeout);
    const deadline = performance.now() + limit * 1000;
    let live = request.object;
    let waitingFor = "";
    /** The first line of the latest explanation. */
    let detail = "";
    let explainAt = performance.now() + 1500;
    let said = "";
    const status = (message: string) => {
        if (message !== said) request.status(message);
        said = message;
    };
    const end = (missing: string[]): AwaitResult => {
        status("");
        return { object: live, missing };
    };
    for (let pause = 0; ; pause = Math.min(Math.max(pause * 1.5, 100), 1000)) {
        const left = deadline - performance.now();
        await sleep(Math.max(Math.min(pause, left), 0), undefined, { signal: request.signal }).catch(() => {});
        try {
            const seen = pause === 0 ? live : await request.connection.get(referenceOf(live), request.signal);
            if (!seen) {
                if (awaiter.mayVanish?.(live)) return end([]);
                return end([`${live.kind} was deleted by somebody else while it was awaited`]);
            }
            live = seen;
            const verdict = await awaiter.assess(live, request);
            if (verdict.ready) return end([]);
            if (verdict.failed !== undefined) {
                return end([verdict.failed, ...(await explanation(awaiter, live, request))]);
            }
            waitingFor = verdict.waitingFor ?? "";
        } catch (error) {
            // A server that restarts is waited for like the object.
            if (!request.signal.aborted) waitingFor = messageOf(error);
        }
        if (request.signal.aborted) return end([`cancelled while waiting: ${waitingFor || "not ready yet"}`]);
        if (performance.now() >= deadline) {
            const why = `not ready within ${limit} s: ${waitingFor || "not ready yet"}`;
            return end([why, ...(await explanation(awaiter, live, request))]);
        }
        if (performance.now() >= explainAt) {
            explainAt = performance.now() + 3000;
            [detail = ""] = await explanation(awaiter, live, request);
        }
        status(detail ? `${waitingFor} (${detail})` : waitingFor);
    }
}

async function explanation(awaiter: Awaiter, live: KubeObject, context: AwaitContext): Promise<string[]> {
    try {
        return (await awaiter.explain?.(live, context)) ?? [];
    } catch {
        return [];
    }
}

/** Seconds: the resource's customTimeouts, else its annotation, else the kind's own. */
export function limitOf(timeout: number, inputs: JsonObject, otherwise: number): number {
    if (timeout > 0) return timeout;
    const annotated = Number(annotationOf(inputs, annotations.timeoutSeconds));
    return Number.isFinite(annotated) && annotated > 0 ? annotated : otherwise;
}

/** One look, without waiting: what is missing now. */
export async function lookOnce(inputs: JsonObject, object: KubeObject, context: AwaitContext): Promise<string[]> {
    const awaiter = chooseAwaiter(inputs, object);
    if (!awaiter) return [];
    const verdict = await awaiter.assess(object, context);
    if (verdict.ready) return [];
    return [verdict.failed ?? verdict.waitingFor ?? "not ready", ...(await explanation(awaiter, object, context))];
}
