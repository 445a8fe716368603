import type { NamespaceSpec } from "./types.ts";

export { namespaceRequest, nanoseconds } from "../../support/m3-namespace.ts";

/** M3's namespace registry: name → staging state ("READY", "INITIALIZING", "UNKNOWN"; undefined when it has none). */
export type Registry = Map<string, string | undefined>;

/** What to do so that the registry holds the spec's namespaces: those missing from the spec are deleted (pruned). */
export function namespaceChanges(registry: Registry, wanted: NamespaceSpec[]) {
    const names = new Set(wanted.map(({ name }) => name));
    const create = wanted.filter(({ name }) => !registry.has(name));
    const prune = [...registry.keys()].filter((name) => !names.has(name));
    const unready = [...registry].filter(([, state]) => state !== undefined && state !== "READY").map(([name]) => name);
    const ready = [...create.map(({ name }) => name), ...unready.filter((name) => names.has(name))];
    return { prune, create, ready };
}
