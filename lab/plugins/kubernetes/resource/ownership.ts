/**
 * Field managers. New objects are created as `pulumi-kubernetes` (operation Update), as the official provider does;
 * updates are server-side applies under the resource's own manager, which first takes over what that creation, other
 * Pulumi versions or kubectl own (provider/pkg/await/await.go, fixCSAFieldManagers).
 */
import { ApiError } from "../cluster/client.ts";
import { describe, isObject, type Json, type JsonObject, listAt, type Reference, textAt } from "../cluster/objects.ts";

export const creator = "pulumi-kubernetes";

/** Prefixes of managers whose fields a Pulumi resource takes over, with the operation. */
const takenOver: [string, string][] = [
    ["kubectl", "Apply"],
    ["kubectl", "Update"],
    ["before-first-apply", "Update"],
    ["pulumi-kubernetes", "Update"],
    ["pulumi-resource-kubernetes", "Update"],
];

export function isTakenOver(manager: string, operation: string): boolean {
    return takenOver.some(([prefix, its]) => its === operation && manager.startsWith(prefix));
}

/** The object's managedFields with the takeover done; undefined when there is nothing to take over. */
export function takeOver(live: JsonObject, manager: string): Json[] | undefined {
    const entries = listAt(live, "metadata", "managedFields");
    const isOwn = (entry: Json) => textAt(entry, "manager") === manager && textAt(entry, "operation") === "Apply";
    const theirs = entries.filter(
        (entry) =>
            !isOwn(entry) &&
            textAt(entry, "subresource") === "" &&
            isTakenOver(textAt(entry, "manager"), textAt(entry, "operation")),
    );
    if (theirs.length === 0) return undefined;
    const own = entries.find(isOwn);
    const [first = {}] = own ? [own] : theirs;
    const merged: JsonObject = { ...(isObject(first) ? first : {}), manager, operation: "Apply" };
    for (const entry of theirs) {
        if (isObject(entry)) merged.fieldsV1 = union(merged.fieldsV1, entry.fieldsV1);
    }
    return [...entries.filter((entry) => entry !== own && !theirs.includes(entry)), merged];
}

/** Two sets of fields in managedFields' notation: nested maps. */
function union(a: Json | undefined, b: Json | undefined): Json {
    if (!isObject(a)) return b ?? {};
    if (!isObject(b)) return a;
    const both: JsonObject = { ...a };
    for (const [key, value] of Object.entries(b)) both[key] = key in both ? union(both[key], value) : value;
    return both;
}

/** Whether a manager other than `own` owns the field at a path of map keys. */
export function ownersOf(live: JsonObject, path: string[]): string[] {
    return listAt(live, "metadata", "managedFields").flatMap((entry) => {
        let fields: Json | undefined = isObject(entry) ? entry.fieldsV1 : undefined;
        for (const key of path) fields = isObject(fields) ? fields[`f:${key}`] : undefined;
        return fields === undefined ? [] : [textAt(entry, "manager")];
    });
}

export function isConflict(error: unknown): error is ApiError {
    return (
        error instanceof ApiError &&
        error.status === 409 &&
        error.causes.some((cause) => cause.reason === "FieldManagerConflict")
    );
}

/** The managers that a conflict names. */
export function conflictingManagers(error: ApiError): string[] {
    return [...new Set(error.causes.map(({ message }) => /conflict with "([^"]*)"/.exec(message)?.[1] ?? ""))];
}

/** A conflict in words: which field, which manager, what can be done. */
export function conflictError(reference: Reference, manager: string, error: ApiError): Error {
    const lines = error.causes.map(
        ({ field, message }) => `  ${field}: ${message.replace(/^conflict with/, "is owned by field manager")}`,
    );
    return new Error(
        [
            `conflict on ${describe(reference)}: other field managers own fields that this resource (field manager ${manager}) sets to another value`,
            ...lines,
            "  what to do: leave these fields out of the program (or list them in ignoreChanges), give them up in the other tool, or take them",
            '  over with the annotation "pulumi.com/patchForce": "true" on this resource',
        ].join("\n"),
    );
}
