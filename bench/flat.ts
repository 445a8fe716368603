/**
 * The flat program: the same resources as a stack's, registered one by one with the values that its state has, without our
 * settings, components and manifests. What it takes is the floor for what the program may take.
 */

/** The parts of `pulumi stack export` that matter here. */
export interface Exported {
    version: number;
    deployment: { manifest: object; secrets_providers?: object; resources?: ExportedResource[] };
}

export interface ExportedResource {
    urn: string;
    type: string;
    custom: boolean;
    parent?: string;
    provider?: string;
    inputs?: Record<string, unknown>;
    outputs?: Record<string, unknown>;
    [key: string]: unknown;
}

/** One resource as the flat program registers it. */
export interface FlatResource {
    type: string;
    name: string;
    inputs: Record<string, unknown>;
    /** Name of its Kubernetes provider; absent: the default provider of its type. */
    provider?: string;
}

const rootType = "pulumi:pulumi:Stack";
const nameOf = (urn: string) => urn.split("::").slice(3).join("::");
const isProvider = (type: string) => type.startsWith("pulumi:providers:");
/** Providers that the engine makes by itself have names like "default_1_2_1". */
const isDefault = ({ type, urn }: ExportedResource) => isProvider(type) && nameOf(urn).startsWith("default_");

/** URN of a resource that has no parent but the stack. */
function flatUrn(urn: string, type: string): string {
    const [stack, project] = urn.split("::");
    return [stack, project, type, nameOf(urn)].join("::");
}

/** The same deployment with all components left out and every resource directly under the stack. Pure. */
export function flatDeployment(exported: Exported): Exported {
    const resources = exported.deployment.resources ?? [];
    const root = resources.find(({ type }) => type === rootType);
    const kept = resources.filter(({ custom, type }) => custom || type === rootType);
    const renamed = new Map(kept.map(({ urn, type }) => [urn, flatUrn(urn, type)]));
    const text = (urn: string) => renamed.get(urn) ?? urn;
    const flat = kept.map((resource): ExportedResource => {
        // What depends on what stays as it is, but for components, which are gone.
        const { dependencies, propertyDependencies, deletedWith: _, ...rest } = resource;
        const keep = (urns: unknown) =>
            Array.isArray(urns) ? urns.filter((urn) => renamed.has(urn)).map(text) : undefined;
        const provider = resource.provider?.replace(/^(.*)::([^:]*)$/, (_all, urn, id) => `${text(urn)}::${id}`);
        return {
            ...rest,
            urn: text(resource.urn),
            ...(resource.type !== rootType && root && !isDefault(resource) ? { parent: root.urn } : {}),
            ...(provider ? { provider } : {}),
            ...(dependencies ? { dependencies: keep(dependencies) } : {}),
            ...(propertyDependencies
                ? {
                      propertyDependencies: Object.fromEntries(
                          Object.entries(propertyDependencies as object).map(([key, urns]) => [key, keep(urns)]),
                      ),
                  }
                : {}),
        };
    });
    const stack = flat.find(({ type }) => type === rootType);
    if (stack) stack.outputs = {};
    return { ...exported, deployment: { ...exported.deployment, resources: flat } };
}

/** What the flat program registers, in an order in which providers come first. Inputs hold secrets in plain text. Pure. */
export function flatResources(exported: Exported): FlatResource[] {
    const resources = (exported.deployment.resources ?? []).filter(
        (resource) => resource.custom && resource.type !== rootType && !isDefault(resource),
    );
    const byProviderFirst = [...resources].sort((a, b) => Number(isProvider(b.type)) - Number(isProvider(a.type)));
    return byProviderFirst.map(({ urn, type, inputs = {}, provider }) => {
        const of = provider ? nameOf(provider.slice(0, provider.lastIndexOf("::"))) : "default_";
        const { __defaults: _, ...own } = inputs;
        return { type, name: nameOf(urn), inputs: own, ...(of.startsWith("default_") ? {} : { provider: of }) };
    });
}

/** The flat program's text. It reads resources.json beside it. */
export const flatProgram = `import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import "@pulumi/kubernetes";
import "@pulumi/command";

const secret = "4dabf18193072939515e22adb298388d";
const versions = JSON.parse(readFileSync(new URL("versions.json", import.meta.url), "utf8"));
function live(value) {
    if (Array.isArray(value)) return value.map(live);
    if (value === null || typeof value !== "object") return value;
    if (secret in value) return pulumi.secret(JSON.parse(value.plaintext));
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, live(inner)]));
}
const providers = new Map();
for (const { type, name, inputs, provider } of JSON.parse(readFileSync(new URL("resources.json", import.meta.url), "utf8"))) {
    const kind = type.split(":");
    if (type.startsWith("pulumi:providers:")) {
        const { version, ...own } = inputs;
        providers.set(name, new pulumi.ProviderResource(kind[2], name, live(own), { version: version ?? versions[kind[2]] }));
    } else {
        new pulumi.CustomResource(type, name, live(inputs), {
            version: versions[kind[0]],
            ...(provider ? { provider: providers.get(provider) } : {}),
        });
    }
}
`;

/** A program that only loads what every program of this kind loads. */
export const emptyProgram = `import "@pulumi/pulumi";
import "@pulumi/kubernetes";
import "@pulumi/command";
`;
