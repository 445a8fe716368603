/** Autonaming as the official provider does it: eight hex digits, marked with an annotation. */
import { createHash, randomBytes } from "node:crypto";
import { type Autonaming, isMap, type PropertyMap } from "../../shared/index.ts";
import { annotations } from "../cluster/objects.ts";

export interface NamingRequest {
    /** The inputs, in the program's words. */
    inputs: PropertyMap;
    olds: PropertyMap | null;
    /** The resource's name in the program. */
    resource: string;
    randomSeed: Uint8Array;
    autonaming: Autonaming | null;
    patch: boolean;
}

/** The inputs with a name, or the reason why there can be none. A name that is not known yet is left alone. */
export function withName(request: NamingRequest): { inputs: PropertyMap } | { problem: string } {
    const { inputs, olds } = request;
    const metadata = inputs.metadata ?? {};
    if (!isMap(metadata) || metadata.name !== undefined || metadata.generateName !== undefined) return { inputs };
    if (request.patch) return { problem: "a Patch resource must say which object it patches: set metadata.name" };
    const adopted = autonameOf(olds);
    if (adopted !== undefined) return { inputs: named(inputs, adopted) };
    switch (request.autonaming?.mode) {
        case "disable":
            return { problem: "autonaming is disabled by the project: set metadata.name" };
        case "enforce":
        case "propose":
            return { inputs: named(inputs, request.autonaming.proposedName) };
        default:
            return { inputs: named(inputs, `${request.resource}-${suffix(request.randomSeed, request.resource)}`) };
    }
}

/** Eight hex digits that follow from the engine's seed, so that preview and update agree when the engine has one. */
function suffix(seed: Uint8Array, name: string): string {
    if (seed.length === 0) return randomBytes(4).toString("hex");
    return createHash("sha256").update(seed).update(name).digest("hex").slice(0, 8);
}

function named(inputs: PropertyMap, name: string): PropertyMap {
    const metadata = isMap(inputs.metadata) ? inputs.metadata : {};
    const known = metadata.annotations ?? {};
    // Nothing can be added to annotations that are not known yet.
    const marked = isMap(known) ? { ...known, [annotations.autonamed]: "true" } : known;
    return { ...inputs, metadata: { ...metadata, annotations: marked, name } };
}

/** The name that an earlier run made up for this resource. */
function autonameOf(olds: PropertyMap | null): string | undefined {
    if (!isAutonamed(olds ?? {})) return undefined;
    const name = isMap(olds?.metadata) ? olds.metadata.name : undefined;
    return typeof name === "string" ? name : undefined;
}

export function isAutonamed(inputs: PropertyMap): boolean {
    const metadata = inputs.metadata;
    return isMap(metadata) && isMap(metadata.annotations) && metadata.annotations[annotations.autonamed] === "true";
}

/** The field manager of a new resource: `pulumi-kubernetes-` and eight hex digits, unless an annotation names another. */
export function newFieldManager(): string {
    return `pulumi-kubernetes-${randomBytes(4).toString("hex")}`;
}
