/** What a type token and the inputs say about the object: apiVersion, kind, and whether it only patches. No schema needed. */
import type { PropertyMap } from "../../shared/index.ts";

export interface ResourceKind {
    apiVersion: string;
    kind: string;
    /** A `…Patch` resource: it changes fields of an object that somebody else owns. */
    patch: boolean;
}

/** "kubernetes:apps/v1:Deployment" → its parts; Kubernetes' core group is written "core/v1" there. */
function parseToken(token: string): { apiVersion: string; kind: string } {
    const [, module = "", kind = ""] = token.split(":");
    return { apiVersion: module.startsWith("core/") ? module.slice("core/".length) : module, kind };
}

/** The inputs win over the token: custom resources may have aliases. Undefined parts stay "". */
export function kindOf(token: string, inputs: PropertyMap): ResourceKind {
    const named = parseToken(token);
    const apiVersion = typeof inputs.apiVersion === "string" ? inputs.apiVersion : named.apiVersion;
    const kind = typeof inputs.kind === "string" ? inputs.kind : named.kind;
    const patch = named.kind.endsWith("Patch") && (inputs.kind === undefined || `${kind}Patch` === named.kind);
    return { apiVersion, kind: patch && kind === named.kind ? kind.slice(0, -"Patch".length) : kind, patch };
}

const helpers: Record<string, string> = {
    yaml: "YAML files (ConfigFile, ConfigGroup)",
    "yaml/v2": "YAML files (ConfigFile, ConfigGroup)",
    "helm.sh/v3": "Helm charts and releases",
    "helm.sh/v4": "Helm charts",
    kustomize: "Kustomize directories",
    "kustomize/v2": "Kustomize directories",
};

/** Why a resource type cannot be served here; undefined when it can. */
export function refusalOf(token: string): string | undefined {
    const { apiVersion } = parseToken(token);
    const what = helpers[apiVersion];
    return what && `${what} need the official Kubernetes plugin: m3perf's substitute manages plain resources only`;
}
