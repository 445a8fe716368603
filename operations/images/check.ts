/** Whether the registries still say of the pinned images what they were pinned to. */
import { type Asking, askDigest } from "./ask.ts";
import type { StackImage } from "./of-stack.ts";
import type { Kind } from "./registry.ts";
import { RegistryError } from "./registry-error.ts";

export type State =
    /** Not pinned: nothing to compare with, so nobody is asked. */
    | { state: "unpinned" }
    /** A digest and no tag: it stays what it is, and there is nothing to ask. */
    | { state: "no-tag" }
    /** Of the lab: what is there is built there. */
    | { state: "lab" }
    | { state: "same"; kind: Kind; by: string }
    /** The tag is of another image now. */
    | { state: "moved"; now: string; kind: Kind; by: string }
    /** `wrong`: the registry sent what it should not; it may be tampered with, and asking again is no help. */
    | { state: "unknown"; why: string; next?: string; wrong?: true };

export type Checked = StackImage & State;

/** All at once: they are few, and most are of one registry. */
export function checkPins(images: StackImage[], asking: Asking): Promise<Checked[]> {
    return Promise.all(images.map(async (image) => ({ ...image, ...(await stateOf(image, asking)) })));
}

async function stateOf({ name }: StackImage, asking: Asking): Promise<State> {
    if (name.digest === undefined) return { state: "unpinned" };
    if (name.tag === undefined) return { state: "no-tag" };
    try {
        const { digest, kind, by } = await askDigest(name, asking);
        return digest === name.digest ? { state: "same", kind, by } : { state: "moved", now: digest, kind, by };
    } catch (error) {
        if (!(error instanceof RegistryError)) throw error;
        const wrong = error.trouble === "wrong" ? { wrong: true as const } : {};
        return { state: "unknown", why: error.message, ...(error.next ? { next: error.next } : {}), ...wrong };
    }
}
