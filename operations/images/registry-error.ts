/**
 * absent: the registry has no such image. closed: it wants a login. busy: asked too often, or it is out of order. unreachable: no
 * answer. wrong: what came is not what it says it is; nobody else is asked then.
 */
export type Trouble = "absent" | "closed" | "busy" | "unreachable" | "wrong";

/** Why a registry did not tell a digest, and what to do. */
export class RegistryError extends Error {
    readonly trouble: Trouble;
    readonly next: string | undefined;

    constructor(trouble: Trouble, message: string, next?: string) {
        super(message);
        this.name = "RegistryError";
        this.trouble = trouble;
        this.next = next;
    }
}
