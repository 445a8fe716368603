/**
 * What has changed outside of Pulumi, for refresh: the inputs with the live value wherever that is no longer what it was
 * at the last update. Live is compared with live, so that what the server writes in its own way ("1000m" as "1") is no drift,
 * and what it adds is none of ours.
 */
import { isObject, type Json, type JsonObject } from "../cluster/objects.ts";

/** `before`: the live object in the state; `live`: the live object now. */
export function driftedInputs(inputs: JsonObject, before: JsonObject, live: JsonObject): JsonObject {
    return drifted(inputs, before, live) as JsonObject;
}

function drifted(input: Json, before: Json | undefined, live: Json | undefined): Json | undefined {
    if (same(before, live)) return input;
    if (live === undefined) return undefined;
    if (isObject(input) && isObject(live)) {
        const result: JsonObject = {};
        for (const [key, value] of Object.entries(input)) {
            const item = drifted(value, isObject(before) ? before[key] : undefined, live[key]);
            if (item !== undefined) result[key] = item;
        }
        return result;
    }
    if (Array.isArray(input) && Array.isArray(live))
        return driftedList(input, Array.isArray(before) ? before : [], live);
    return live;
}

/** Elements are matched by name where all have one (containers, volumes, env), else by their place. */
function driftedList(input: Json[], before: Json[], live: Json[]): Json[] {
    const [inputNames, beforeNames, liveNames] = [namesOf(input), namesOf(before), namesOf(live)];
    if (inputNames && liveNames) {
        return input.flatMap((item, index) => {
            const name = inputNames[index];
            const old = before[beforeNames?.indexOf(name ?? "") ?? -1];
            const result = drifted(item, old, live[liveNames.indexOf(name ?? "")]);
            return result === undefined ? [] : [result];
        });
    }
    if (input.length !== live.length) return live;
    return input.map((item, index) => drifted(item, before[index], live[index]) ?? item);
}

function namesOf(list: Json[]): string[] | undefined {
    const names = list.map((item) => (isObject(item) ? item.name : undefined));
    return names.every((name) => typeof name === "string") && new Set(names).size === names.length
        ? (names as string[])
        : undefined;
}

function same(a: Json | undefined, b: Json | undefined): boolean {
    if (a === b) return true;
    if (Array.isArray(a) && Array.isArray(b))
        return a.length === b.length && a.every((item, index) => same(item, b[index]));
    if (!isObject(a) || !isObject(b)) return false;
    const keys = Object.keys(a);
    return keys.length === Object.keys(b).length && keys.every((key) => key in b && same(a[key], b[key]));
}
