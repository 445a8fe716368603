/** What the provider learns in one run of the CLI; a preview explains with it what it cannot check yet. */
import type { CallContext, PropertyMap } from "../shared/index.ts";
import { at, groupOf, type JsonObject, nameOf, textAt } from "./cluster/objects.ts";

export class RunKnowledge {
    /** URNs that the state has: their objects exist, so a preview's "already exists" only means a replacement. */
    readonly inState = new Set<string>();
    readonly #namespaces = new Set<string>();
    /** "group/Kind" of the CRDs that this run's program declares; true when namespaced. */
    readonly #kinds = new Map<string, boolean>();
    readonly #said = new Set<string>();

    /** Remembers what a declared object will bring. */
    learn(inputs: PropertyMap): void {
        const object = inputs as JsonObject;
        if (object.kind === "Namespace") this.#namespaces.add(nameOf(object));
        if (object.kind !== "CustomResourceDefinition") return;
        const key = `${textAt(object, "spec", "group")}/${textAt(object, "spec", "names", "kind")}`;
        this.#kinds.set(key, at(object, "spec", "scope") === "Namespaced");
    }

    bringsNamespace(name: string): boolean {
        return this.#namespaces.has(name);
    }

    /** Undefined when no CRD of the program is known to bring this kind. */
    scopeOf(apiVersion: string, kind: string): boolean | undefined {
        return this.#kinds.get(`${groupOf(apiVersion)}/${kind}`);
    }

    /** Says a warning once in this run (for each URN, when one is given). */
    warnOnce(context: CallContext, message: string, urn = ""): void {
        const key = `${urn} ${message}`;
        if (this.#said.has(key)) return;
        this.#said.add(key);
        context.log.say("warning", message, urn);
    }
}
