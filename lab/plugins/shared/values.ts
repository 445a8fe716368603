/** Pulumi's property values as plain TypeScript values; what travels specially has a class of its own. */

/** A value that must be sealed in the state and never printed. */
export class Secret {
    readonly value: PropertyValue;
    constructor(value: PropertyValue) {
        this.value = value;
    }
}

/** A value that is not known before the update has run. There is one instance: `unknown`. */
export class Unknown {
    readonly kind = "unknown";
}
export const unknown = new Unknown();

/** A file or text (Asset), or a folder, tarball or named set of them (Archive). Exactly one of the sources is set. */
export class Asset {
    readonly source: { text?: string; path?: string; uri?: string };
    readonly hash: string | undefined;
    constructor(source: { text?: string; path?: string; uri?: string }, hash?: string) {
        this.source = source;
        this.hash = hash;
    }
}
export class Archive {
    readonly source: { assets?: Record<string, PropertyValue>; path?: string; uri?: string };
    readonly hash: string | undefined;
    constructor(source: { assets?: Record<string, PropertyValue>; path?: string; uri?: string }, hash?: string) {
        this.source = source;
        this.hash = hash;
    }
}

export type PropertyValue =
    | null
    | boolean
    | number
    | string
    | Secret
    | Unknown
    | Asset
    | Archive
    | PropertyValue[]
    | PropertyMap;
export interface PropertyMap {
    [key: string]: PropertyValue;
}

export function isMap(value: unknown): value is PropertyMap {
    return (
        typeof value === "object" &&
        value !== null &&
        !Array.isArray(value) &&
        !(value instanceof Secret) &&
        !(value instanceof Unknown) &&
        !(value instanceof Asset) &&
        !(value instanceof Archive)
    );
}

/** The value without secret marks, at every depth. The result must not be printed or returned as it is. */
export function unseal(value: PropertyValue): PropertyValue {
    if (value instanceof Secret) return unseal(value.value);
    if (Array.isArray(value)) return value.map(unseal);
    if (isMap(value)) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, unseal(item)]));
    return value;
}

export function unsealMap(map: PropertyMap): PropertyMap {
    return unseal(map) as PropertyMap;
}

export function hasUnknowns(value: PropertyValue): boolean {
    if (value instanceof Unknown) return true;
    if (value instanceof Secret) return hasUnknowns(value.value);
    if (Array.isArray(value)) return value.some(hasUnknowns);
    return isMap(value) && Object.values(value).some(hasUnknowns);
}

export function hasSecrets(value: PropertyValue): boolean {
    if (value instanceof Secret) return true;
    if (Array.isArray(value)) return value.some(hasSecrets);
    return isMap(value) && Object.values(value).some(hasSecrets);
}

/** Deep equality; a secret equals its plain value, an unknown equals nothing but another unknown. */
export function equal(a: PropertyValue, b: PropertyValue): boolean {
    if (a instanceof Secret) return equal(a.value, b);
    if (b instanceof Secret) return equal(a, b.value);
    if (a === b) return true;
    if (Array.isArray(a) && Array.isArray(b)) {
        return a.length === b.length && a.every((item, index) => equal(item, b[index] as PropertyValue));
    }
    if (isMap(a) && isMap(b)) {
        const keys = Object.keys(a);
        return (
            keys.length === Object.keys(b).length &&
            keys.every((key) => Object.hasOwn(b, key) && equal(a[key] as PropertyValue, b[key] as PropertyValue))
        );
    }
    if (a instanceof Asset && b instanceof Asset) return JSON.stringify(a) === JSON.stringify(b);
    if (a instanceof Archive && b instanceof Archive) return JSON.stringify(a) === JSON.stringify(b);
    return a instanceof Unknown && b instanceof Unknown;
}

/**
 * Puts the secret marks of `pattern` on the same places of `value`, so that what came in sealed goes out sealed. Where
 * the shapes differ below a mark, the whole of that place is sealed.
 */
export function resealLike(value: PropertyValue, pattern: PropertyValue | undefined): PropertyValue {
    if (pattern === undefined || value === undefined) return value;
    if (pattern instanceof Secret) return value instanceof Secret ? value : new Secret(value);
    if (Array.isArray(value) && Array.isArray(pattern)) {
        // Other elements in between, or another order: nobody can tell which of them the secret is.
        if (value.length !== pattern.length || !sameNames(value, pattern)) {
            return hasSecrets(pattern) ? new Secret(unseal(value)) : value;
        }
        return value.map((item, index) => resealLike(item, pattern[index]));
    }
    if (isMap(value) && isMap(pattern)) {
        return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resealLike(item, pattern[key])]));
    }
    return hasSecrets(pattern) ? new Secret(unseal(value)) : value;
}

/** Whether elements at the same place have the same name (containers, volumes, env), where they have one. */
function sameNames(a: PropertyValue[], b: PropertyValue[]): boolean {
    const nameOf = (item: PropertyValue | undefined) => (isMap(item) ? unseal(item.name ?? null) : null);
    return a.every((item, index) => equal(nameOf(item), nameOf(b[index])));
}
