/** The requests that create, update and delete an object; `dryRun` asks the server without doing it. */
import { ApiError } from "../cluster/client.ts";
import type { Connection } from "../cluster/connection.ts";
import { isNotFound } from "../cluster/connection.ts";
import {
    annotationOf,
    annotations,
    isObject,
    type Json,
    type JsonObject,
    type KubeObject,
    nameOf,
    type Reference,
    referenceOf,
    textAt,
} from "../cluster/objects.ts";
import {
    conflictError,
    conflictingManagers,
    creator,
    isConflict,
    isTakenOver,
    ownersOf,
    takeOver,
} from "./ownership.ts";
import { parsePath } from "./paths.ts";

export interface Requests {
    connection: Connection;
    dryRun: boolean;
    /** True to take fields from other managers. */
    force: boolean;
    onWarning: (text: string) => void;
}

function queryOf(requests: Requests, more: Record<string, string>): Record<string, string> {
    return { ...more, fieldValidation: "Warn", ...(requests.dryRun ? { dryRun: "All" } : {}) };
}

/** POST, as the official provider creates. The answer may be under another name when `generateName` is used. */
export async function post(requests: Requests, object: KubeObject): Promise<KubeObject> {
    const path = await requests.connection.path({ ...referenceOf(object), name: "" });
    return (await requests.connection.request("POST", path, {
        query: queryOf(requests, { fieldManager: creator }),
        body: object,
        onWarning: requests.onWarning,
    })) as KubeObject;
}

/** Server-side apply under `manager`. Throws the conflict in words. */
export async function apply(requests: Requests, object: KubeObject, manager: string): Promise<KubeObject> {
    const reference = referenceOf(object);
    const path = await requests.connection.path(reference);
    const send = (force: boolean) =>
        requests.connection.request("PATCH", path, {
            query: queryOf(requests, { fieldManager: manager, force: String(force) }),
            contentType: "application/apply-patch+yaml",
            body: object,
            onWarning: requests.onWarning,
        }) as Promise<KubeObject>;
    try {
        return await send(requests.force || annotationOf(object, annotations.patchForce) === "true");
    } catch (error) {
        if (!isConflict(error)) throw error;
        // A dry run cannot take fields over first, as an update does: their owners are no obstacle.
        const ours = conflictingManagers(error).every(
            (name) => isTakenOver(name, "Update") || isTakenOver(name, "Apply"),
        );
        if (requests.dryRun && ours) return send(true);
        throw conflictError(reference, manager, error);
    }
}

export interface Update {
    /** The whole new object. */
    object: KubeObject;
    live: KubeObject;
    manager: string;
    patch: boolean;
    ignoreChanges: string[];
}

/** Takes over what Pulumi or kubectl own, then applies. */
export async function update(requests: Requests, change: Update): Promise<KubeObject> {
    let live = change.live;
    if (!change.patch && !requests.dryRun) live = await takeOverFields(requests, live, change.manager);
    return apply(requests, withoutIgnored(change.object, live, change), change.manager);
}

async function takeOverFields(requests: Requests, live: KubeObject, manager: string): Promise<KubeObject> {
    let current = live;
    for (let attempt = 1; ; attempt++) {
        const managedFields = takeOver(current, manager);
        if (!managedFields) return current;
        const path = await requests.connection.path(referenceOf(current));
        try {
            return (await requests.connection.request("PATCH", path, {
                contentType: "application/json-patch+json",
                body: [
                    {
                        op: "test",
                        path: "/metadata/resourceVersion",
                        value: textAt(current, "metadata", "resourceVersion"),
                    },
                    { op: "replace", path: "/metadata/managedFields", value: managedFields },
                ],
            })) as KubeObject;
        } catch (error) {
            // Somebody wrote the object in between (a failed test is answered with 422).
            if (!(error instanceof ApiError) || ![409, 422].includes(error.status) || attempt === 5) throw error;
            current = (await requests.connection.get(referenceOf(current))) ?? current;
        }
    }
}

/**
 * `ignoreChanges` under server-side apply: a field that another manager alone owns is left out (sending it would be a
 * conflict), any other keeps its live value.
 */
function withoutIgnored(object: KubeObject, live: KubeObject, change: Update): KubeObject {
    let result: Json = object;
    for (const text of change.ignoreChanges) {
        const path = parsePath(text);
        if (!path || path.includes("*")) continue;
        const keys = path.map(String);
        const owners = path.every((step) => typeof step === "string") ? ownersOf(live, keys) : [];
        const ours = owners.some((owner) => owner === change.manager || owner === creator);
        result = setAt(result, path, owners.length > 0 && !ours ? undefined : valueAt(live, path));
    }
    return result as KubeObject;
}

function valueAt(value: Json | undefined, path: (string | number)[]): Json | undefined {
    const [step, ...rest] = path;
    if (step === undefined || value === undefined) return value;
    if (Array.isArray(value)) return valueAt(value[Number(step)], rest);
    return isObject(value) ? valueAt(value[step], rest) : undefined;
}

/** A copy with the value at the path; undefined removes it. */
function setAt(target: Json, path: (string | number)[], value: Json | undefined): Json {
    const [step, ...rest] = path;
    if (step === undefined) return value ?? target;
    if (Array.isArray(target)) {
        const index = Number(step);
        const inner = target[index];
        if (inner === undefined) return target;
        return target.map((item, at) => (at === index ? setAt(item, rest, value) : item));
    }
    if (!isObject(target)) return target;
    const copy: JsonObject = { ...target };
    if (rest.length > 0) {
        if (copy[step] !== undefined) copy[step] = setAt(copy[step], rest, value);
    } else if (value === undefined) delete copy[step];
    else copy[step] = value;
    return copy;
}

/** A JSON merge patch (RFC 7386) from the old to the new inputs: the way without server-side apply. */
export async function mergePatch(requests: Requests, old: JsonObject, object: KubeObject): Promise<KubeObject> {
    const path = await requests.connection.path(referenceOf(object));
    return (await requests.connection.request("PATCH", path, {
        query: queryOf(requests, { fieldManager: creator }),
        contentType: "application/merge-patch+json",
        body: mergeOf(old, object),
        onWarning: requests.onWarning,
    })) as KubeObject;
}

export function mergeOf(old: JsonObject, now: JsonObject): JsonObject {
    const patch: JsonObject = {};
    for (const key of Object.keys(old)) if (!(key in now)) patch[key] = null;
    for (const [key, value] of Object.entries(now)) {
        const before = old[key];
        patch[key] = isObject(value) && isObject(before) ? mergeOf(before, value) : value;
    }
    return patch;
}

/** The answer: the object while it is still going, undefined when it is gone. */
export async function remove(
    connection: Connection,
    reference: Reference,
    propagation: string,
): Promise<KubeObject | undefined> {
    try {
        const answer = await connection.request("DELETE", await connection.path(reference), {
            body: { apiVersion: "v1", kind: "DeleteOptions", propagationPolicy: propagation },
        });
        return answer.kind === reference.kind && nameOf(answer) !== "" ? (answer as KubeObject) : undefined;
    } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
    }
}

/** Gives all fields of a manager back: an apply of nothing. The uid keeps it from creating the object anew. */
export async function relinquish(connection: Connection, reference: Reference, manager: string): Promise<void> {
    const live = await connection.get(reference);
    if (!live) return;
    const { apiVersion, kind, name, namespace } = reference;
    const metadata: JsonObject = { name, uid: textAt(live, "metadata", "uid") };
    if (namespace !== "") metadata.namespace = namespace;
    try {
        await connection.request("PATCH", await connection.path(reference), {
            query: { fieldManager: manager, force: "true" },
            contentType: "application/apply-patch+yaml",
            body: { apiVersion, kind, metadata },
        });
    } catch (error) {
        if (!isNotFound(error) && !(error instanceof ApiError && error.status === 409)) throw error;
    }
}
