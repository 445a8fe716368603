/** Kubernetes objects as plain JSON, and the few things that every part of the provider asks of them. */

export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
    [key: string]: Json;
}

export interface KubeObject extends JsonObject {
    apiVersion: string;
    kind: string;
    metadata: JsonObject;
}

/** apiVersion, kind, namespace and name: what an object is called. */
export interface Reference {
    apiVersion: string;
    kind: string;
    /** "" for cluster-scoped objects. */
    namespace: string;
    name: string;
}

export function isObject(value: unknown): value is JsonObject {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value at a path of keys and indices; undefined where there is none. */
export function at(value: Json | undefined, ...path: (string | number)[]): Json | undefined {
    let current: Json | undefined = value;
    for (const step of path) {
        if (Array.isArray(current) && typeof step === "number") current = current[step];
        else if (isObject(current) && Object.hasOwn(current, step)) current = current[step];
        else return undefined;
    }
    return current;
}

export function textAt(value: Json | undefined, ...path: (string | number)[]): string {
    const found = at(value, ...path);
    return typeof found === "string" ? found : "";
}

export function numberAt(value: Json | undefined, ...path: (string | number)[]): number {
    const found = at(value, ...path);
    return typeof found === "number" ? found : 0;
}

export function listAt(value: Json | undefined, ...path: (string | number)[]): Json[] {
    const found = at(value, ...path);
    return Array.isArray(found) ? found : [];
}

export function nameOf(object: JsonObject): string {
    return textAt(object, "metadata", "name");
}

export function namespaceOf(object: JsonObject): string {
    return textAt(object, "metadata", "namespace");
}

export function referenceOf(object: KubeObject): Reference {
    const { apiVersion, kind } = object;
    return { apiVersion, kind, namespace: namespaceOf(object), name: nameOf(object) };
}

/** The official provider's id: "namespace/name", or "name" for cluster-scoped objects. */
export function idOf(object: JsonObject): string {
    const namespace = namespaceOf(object);
    return namespace === "" ? nameOf(object) : `${namespace}/${nameOf(object)}`;
}

export function parseId(id: string): { namespace: string; name: string } {
    const slash = id.indexOf("/");
    return slash < 0 ? { namespace: "", name: id } : { namespace: id.slice(0, slash), name: id.slice(slash + 1) };
}

/** "Deployment default/web", for messages. */
export function describe({ kind, namespace, name }: Omit<Reference, "apiVersion">): string {
    return `${kind} ${namespace === "" ? "" : `${namespace}/`}${name}`;
}

/** The group of an apiVersion: "" for "v1". */
export function groupOf(apiVersion: string): string {
    return apiVersion.includes("/") ? (apiVersion.split("/", 1)[0] ?? "") : "";
}

/** What the official provider reads from annotations (pulumi.com/…). */
export const annotations = {
    autonamed: "pulumi.com/autonamed",
    skipAwait: "pulumi.com/skipAwait",
    waitFor: "pulumi.com/waitFor",
    timeoutSeconds: "pulumi.com/timeoutSeconds",
    replaceUnready: "pulumi.com/replaceUnready",
    patchForce: "pulumi.com/patchForce",
    patchFieldManager: "pulumi.com/patchFieldManager",
    deletionPropagation: "pulumi.com/deletionPropagationPolicy",
} as const;

export function annotationOf(object: JsonObject, name: string): string {
    return textAt(object, "metadata", "annotations", name);
}
