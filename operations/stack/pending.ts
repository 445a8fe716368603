/** What a killed update had in hand: a stack's state as `pulumi stack export` tells it, and what can be made of it. */

/** A resource in the state, as far as it is looked at; all else is kept as it is. */
interface StateResource {
    urn: string;
    type: string;
    id?: string;
    inputs?: { metadata?: { name?: unknown; namespace?: unknown } };
    outputs?: { metadata?: { name?: unknown; uid?: unknown } };
}

export interface ExportedState {
    deployment?: {
        resources?: StateResource[];
        pending_operations?: { type: string; resource: StateResource }[];
    };
}

/** How many operations an update left unfinished. */
export const pendingCount = ({ deployment }: ExportedState): number => deployment?.pending_operations?.length ?? 0;

/**
 * The state with every Kubernetes object that was being created as a resource of the stack, so that a refresh finds out whether it is
 * there; null where there is none. Such an object is there as soon as its creation began, long before it is ready, and without this
 * the next creation is refused because of it, and `down` leaves it. Pulumi's own `--import-pending-creates` forgets it (3.259.0: a
 * pending operation of the type "importing" is kept by nothing in pkg/backend/snapshot.go). What is created beside the object that
 * it replaces has a name of its own, and is left out: a state has one resource of a URN.
 */
export function withCreated(state: ExportedState): ExportedState | null {
    const { resources = [], pending_operations: pending = [] } = state.deployment ?? {};
    const known = new Set(resources.map(({ urn }) => urn));
    const created = pending.flatMap(({ type, resource }) => {
        const id = idOf(resource);
        if (type !== "creating" || id === undefined || known.has(resource.urn)) return [];
        known.add(resource.urn); // two updates may have been killed at the same object
        return [{ ...resource, id }];
    });
    if (created.length === 0) return null;
    // What they depend on was there before they began, so the end is the right place for them.
    return { ...state, deployment: { ...state.deployment, resources: [...resources, ...created] } };
}

/** `namespace/name`, or the name alone, as the provider has it; undefined for what is no object or has no name yet. */
function idOf({ type, inputs }: StateResource): string | undefined {
    // A patch changes an object that is not the stack's, and can be made twice.
    if (!type.startsWith("kubernetes:") || type.endsWith("Patch")) return undefined;
    const { name, namespace } = inputs?.metadata ?? {};
    if (typeof name !== "string" || name === "") return undefined;
    return typeof namespace === "string" && namespace !== "" ? `${namespace}/${name}` : name;
}
