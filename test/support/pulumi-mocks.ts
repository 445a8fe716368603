/** Runs a Pulumi program under mocks and tells everything that it registered, as the engine would have seen it. */
import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";

export interface Registered {
    type: string;
    name: string;
    inputs: Record<string, unknown>;
    /** Pulumi name of its parent; "" for the stack's own. */
    parent: string;
    /** Pulumi names of what it waits for: dependsOn, and dependencies of its inputs. */
    dependsOn: string[];
    /** URN and id of the provider; "" for a default one. */
    provider: string;
    deleteBeforeReplace: boolean;
    /** As the program gave them, like "5m"; "" where none is given. */
    customTimeouts: { create: string; update: string; delete: string };
}

/** The part of a RegisterResourceRequest that tests look at. */
interface Request {
    getType(): string;
    getName(): string;
    getParent(): string;
    getDependenciesList(): string[];
    getProvider(): string;
    getProvidersMap(): { get(key: string): string | undefined };
    getDeletebeforereplace(): boolean;
    getCustomtimeouts(): { getCreate(): string; getUpdate(): string; getDelete(): string } | undefined;
    getObject(): { toJavaScript(): Record<string, unknown> } | undefined;
}

interface Monitor {
    registerResource(request: Request, callback: unknown): Promise<void>;
}

/**
 * `run` imports the program; every promise of its resources and outputs is awaited. `state` is what a provider would give back for
 * the inputs.
 */
export async function runWithMocks<T>(
    config: Record<string, string>,
    run: () => Promise<T>,
    state: (name: string, inputs: Record<string, unknown>) => Record<string, unknown> = (_, inputs) => inputs,
    preview = true,
): Promise<{ resources: Map<string, Registered>; result: T }> {
    const resources = new Map<string, Registered>();
    await pulumi.runtime.setMocks(
        {
            newResource: ({ name, inputs }) => ({ id: `${name}-id`, state: state(name, inputs) }),
            call: () => ({}),
        },
        "m3perf",
        "test",
        preview,
    );
    const monitor = pulumi.runtime.getMonitor() as unknown as Monitor;
    const original = monitor.registerResource.bind(monitor);
    monitor.registerResource = (request, callback) => {
        const name = request.getName();
        assert.ok(!resources.has(name), `two resources are called ${name}`);
        const timeouts = request.getCustomtimeouts();
        resources.set(name, {
            type: request.getType(),
            name,
            inputs: request.getObject()?.toJavaScript() ?? {},
            parent: shortName(request.getParent()),
            dependsOn: request.getDependenciesList().map(shortName),
            provider: request.getProvider(),
            deleteBeforeReplace: request.getDeletebeforereplace(),
            customTimeouts: {
                create: timeouts?.getCreate() ?? "",
                update: timeouts?.getUpdate() ?? "",
                delete: timeouts?.getDelete() ?? "",
            },
        });
        return original(request, callback);
    };
    pulumi.runtime.setAllConfig(config);
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 1; // Pulumi makes a text of one for every promise: a third of what a run of the program takes here
    try {
        const result = await run();
        await pulumi.runtime.disconnect();
        return { resources, result };
    } finally {
        Error.stackTraceLimit = stackTraceLimit;
    }
}

const shortName = (urn: string) => (urn.includes("pulumi:pulumi:Stack::") ? "" : (urn.split("::").at(-1) ?? ""));

/** True for a value that Pulumi seals. */
export function isSecret(value: unknown): boolean {
    return (
        typeof value === "object" &&
        value !== null &&
        (value as Record<string, unknown>)[pulumi.runtime.specialSigKey] === pulumi.runtime.specialSecretSig
    );
}
