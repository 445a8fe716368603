/** What differs between old and new inputs, by property path, for previews. */
import {
    equal,
    hasUnknowns,
    isMap,
    type PropertyChange,
    type PropertyMap,
    type PropertyValue,
    unseal,
} from "../shared/index.ts";

/** Changes in `triggers` replace the resource (the SDK's replaceOnChanges); all others update it. */
export function changesBetween(olds: PropertyMap, news: PropertyMap): Record<string, PropertyChange> {
    const changes: Record<string, PropertyChange> = {};
    for (const key of new Set([...Object.keys(olds), ...Object.keys(news)])) {
        const replace = key === "triggers" ? "-replace" : "";
        compare(key, olds[key], news[key], (path, kind) => {
            changes[path] = { kind: `${kind}${replace}` as PropertyChange["kind"], inputDiff: true };
        });
    }
    return changes;
}

type Tell = (path: string, kind: "add" | "delete" | "update") => void;

function compare(path: string, before: PropertyValue | undefined, after: PropertyValue | undefined, tell: Tell): void {
    const old = unseal(before ?? null);
    const now = unseal(after ?? null);
    if (!hasUnknowns(now) && equal(old, now)) return;
    if (Array.isArray(old) && Array.isArray(now)) {
        for (let index = 0; index < Math.max(old.length, now.length); index++) {
            compare(`${path}[${index}]`, old[index], now[index], tell);
        }
    } else if (isMap(old) && isMap(now)) {
        for (const key of new Set([...Object.keys(old), ...Object.keys(now)])) {
            const step = /^[A-Za-z_]\w*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
            compare(`${path}${step}`, old[key], now[key], tell);
        }
    } else tell(path, old === null ? "add" : now === null ? "delete" : "update");
}
