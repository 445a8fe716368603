import { createHash } from "node:crypto";
import { stringify } from "yaml";

/** What `pulumi preview --json` of a stack from nothing declares, as texts that can be compared line by line. Pure. */

export interface PreviewDocument {
    steps?: { op: string; urn: string; newState?: { type: string; inputs?: Record<string, unknown> } }[];
    diagnostics?: { message: string; severity: string }[];
}

/** By name: "apps/v1:Deployment m3query-workload". */
export type Objects = Map<string, string>;

/** What an output is until there is an update (sdk/go/common/resource/plugin/rpc.go, UnknownStringValue and its kin). */
const unknown = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export function objectsOf({ steps = [] }: PreviewDocument): Objects {
    const declared = steps.flatMap(({ urn, newState }) => {
        const type = newState?.type ?? "";
        // Components hold nothing of their own; the stack's outputs are no objects; default providers come and go with the rest.
        if (!newState || /^(m3perf|pulumi:pulumi):/.test(type) || /:default_[\d_]+$/.test(urn)) return [];
        return [{ name: nameOf(urn), inputs: newState.inputs ?? {} }];
    });
    const names = autonames(declared.map(({ inputs }) => inputs));
    return new Map(declared.map(({ name, inputs }) => [name, textOf(inputs, names)]));
}

function nameOf(urn: string): string {
    const [, , types = "", ...name] = urn.split("::");
    return `${(types.split("$").at(-1) ?? "").replace(/^kubernetes:/, "")} ${name.join("::")}`;
}

interface Named {
    metadata?: { name?: unknown; annotations?: Record<string, unknown> };
}

/**
 * Pulumi's own names end in chance. In their place: a digest of what the object holds, so that whoever refers to it differs with it. The
 * second round has the names that it refers to itself in it (the set-up job's program).
 */
function autonames(all: Record<string, unknown>[]): Map<string, string> {
    const named = all.flatMap((inputs) => {
        const { metadata } = inputs as Named;
        const name = metadata?.name;
        if (metadata?.annotations?.["pulumi.com/autonamed"] !== "true" || typeof name !== "string") return [];
        return [{ name, stem: name.replace(/-[0-9a-f]{8}$/, ""), inputs }];
    });
    let names = new Map(named.map(({ name, stem }) => [name, stem]));
    for (let round = 0; round < 2; round++) {
        const known = names;
        const digests = named.map(({ name, stem, inputs }): [string, string] => {
            const { name: _, ...metadata } = inputs.metadata as Record<string, unknown>;
            const content = JSON.stringify(sorted(readable({ ...inputs, metadata }, known)));
            return [name, `${stem}-${createHash("sha256").update(content).digest("hex").slice(0, 8)}`];
        });
        names = new Map(digests);
    }
    return names;
}

function textOf(inputs: Record<string, unknown>, names: Map<string, string>): string {
    const { kind, apiVersion: _, ...rest } = inputs;
    const shown = kind === "Secret" ? { ...rest, ...sealed(rest, ["data", "stringData"]) } : rest;
    return stringify(sorted(readable(shown, names)), { lineWidth: 0, blockQuote: "literal" });
}

/** Sealed by Pulumi already; a Secret of plain values would be no better to show. */
function sealed(rest: Record<string, unknown>, keys: string[]): Record<string, unknown> {
    return Object.fromEntries(keys.filter((key) => key in rest).map((key) => [key, "[secret]"]));
}

function readable(value: unknown, names: Map<string, string>): unknown {
    if (typeof value === "string") return readableText(value, names);
    if (Array.isArray(value)) return value.map((one) => readable(one, names));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, readable(one, names)]));
}

function readableText(text: string, names: Map<string, string>): unknown {
    if (unknown.test(text)) return "[known after the update]";
    const named = names.get(text);
    if (named !== undefined) return named;
    // What goes to a command, and dashboards: JSON in a text is one line to a comparison.
    if (/^\s*[{[]/.test(text) && text.length > 2) {
        try {
            return readable(JSON.parse(text), names);
        } catch {
            // A text that only begins like JSON.
        }
    }
    return text;
}

/** Keys in order; lists stay as they are. */
function sorted(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(sorted);
    if (typeof value !== "object" || value === null) return value;
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(entries.map(([key, one]) => [key, sorted(one)]));
}

/** What the program warned of; that there is no cluster is what such a preview is made for. */
export function warningsIn({ diagnostics = [] }: PreviewDocument): string[] {
    const texts = diagnostics
        .filter(({ severity }) => severity === "warning")
        .map(({ message }) => message.trim().replace(/^warning: /, ""));
    return texts.filter((text) => !/^(no cluster is at hand|the cluster at \S+ cannot be reached)/.test(text));
}
