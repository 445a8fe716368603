/** Secrets: what must be sealed in the state, and Kubernetes' own Secret objects. */
import {
    isMap,
    type PropertyMap,
    type PropertyValue,
    resealLike,
    Secret,
    Unknown,
    unseal,
} from "../../shared/index.ts";
import type { JsonObject } from "../cluster/objects.ts";

/** `stringData` becomes base64 `data`, as in the official provider and in the API server; all of `data` is sealed. */
export function secretInputs(inputs: PropertyMap): PropertyMap {
    const { stringData, data, ...rest } = inputs;
    if (stringData === undefined && data === undefined) return inputs;
    if (stringData instanceof Unknown || data instanceof Unknown) {
        return {
            ...rest,
            data: new Secret(data instanceof Unknown || data === undefined ? (stringData ?? null) : data),
        };
    }
    const merged: PropertyMap = { ...(isMap(data) ? data : {}) };
    for (const [key, value] of Object.entries(isMap(stringData) ? stringData : {})) {
        merged[key] = typeof value === "string" ? Buffer.from(value, "utf8").toString("base64") : value;
    }
    return { ...rest, data: new Secret(merged) };
}

const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";

/**
 * The outputs, sealed where the inputs are. A Secret's data is sealed whoever wrote it; kubectl's copy of an object in
 * an annotation is sealed together with any secret, since it may repeat it.
 */
export function sealOutputs(live: JsonObject, inputs: PropertyMap): PropertyMap {
    const sealed = resealLike(live as PropertyValue, inputs) as PropertyMap;
    const secret = live.kind === "Secret" && live.apiVersion === "v1";
    if (secret) {
        for (const key of ["data", "stringData"]) {
            const value = sealed[key];
            if (value !== undefined && !(value instanceof Secret)) sealed[key] = new Secret(value);
        }
    }
    const metadata = sealed.metadata;
    if ((secret || containsSecret(inputs)) && isMap(metadata) && isMap(metadata.annotations)) {
        const copy = metadata.annotations[lastApplied];
        if (copy !== undefined) {
            const annotations = { ...metadata.annotations, [lastApplied]: new Secret(unseal(copy)) };
            sealed.metadata = { ...metadata, annotations };
        }
    }
    return sealed;
}

function containsSecret(value: PropertyValue): boolean {
    if (value instanceof Secret) return true;
    if (Array.isArray(value)) return value.some(containsSecret);
    return isMap(value) && Object.values(value).some(containsSecret);
}
