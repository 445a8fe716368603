/**
 * The Kubernetes provider plugin, driven by its protocol, against a real API server. The plugin is m3perf's substitute, or
 * the executable named by M3PERF_KUBERNETES_PLUGIN: the official one where it can be had. These tests were run against
 * the substitute only; what the official one is known to do otherwise is marked where it is asserted.
 */
import assert from "node:assert/strict";
import type { PropertyMap } from "../../../lab/plugins/shared/index.ts";
import { type ApiServer, sharedApiServer, stopSharedApiServer } from "../../support/apiserver.ts";
import { behaviour, createNode, type Kubelets, startKubelets } from "../../support/kubelets.ts";
import { PluginFailure, type ProviderClient, startProvider } from "../../support/provider-client.ts";

export const official = process.env.M3PERF_KUBERNETES_PLUGIN !== undefined;

export interface Managed {
    urn: string;
    id: string;
    inputs: PropertyMap;
    outputs: PropertyMap;
}

let kubelets: Kubelets | undefined;
let counter = 0;

after(async () => {
    await kubelets?.stop();
    kubelets = undefined;
    await stopSharedApiServer();
});

export class Harness {
    readonly api: ApiServer;
    readonly plugin: ProviderClient;
    /** A namespace of this harness alone. */
    readonly namespace: string;

    constructor(api: ApiServer, plugin: ProviderClient, namespace: string) {
        this.api = api;
        this.plugin = plugin;
        this.namespace = namespace;
    }

    urn(type: string, name: string): string {
        return `urn:pulumi:stack::project::kubernetes:${type}::${name}`;
    }

    /** Inputs as the engine gets them from Check; fails with the plugin's reasons. */
    async check(type: string, name: string, news: PropertyMap, olds?: PropertyMap): Promise<PropertyMap> {
        const { inputs, failures } = await this.plugin.check(this.urn(type, name), news, olds);
        assert.deepEqual(failures, []);
        return inputs;
    }

    async create(type: string, name: string, news: PropertyMap, timeout = 30): Promise<Managed> {
        const urn = this.urn(type, name);
        const inputs = await this.check(type, name, news);
        const { id, outputs } = await this.plugin.create(urn, inputs, { timeout });
        return { urn, id, inputs, outputs };
    }

    async update(old: Managed, type: string, name: string, news: PropertyMap, timeout = 30): Promise<Managed> {
        const inputs = await this.check(type, name, news, old.inputs);
        const outputs = await this.plugin.update(old.urn, old.id, old.outputs, old.inputs, inputs, { timeout });
        return { ...old, inputs, outputs };
    }

    async diff(old: Managed, type: string, name: string, news: PropertyMap) {
        const inputs = await this.check(type, name, news, old.inputs);
        return this.plugin.diff(old.urn, old.id, old.outputs, old.inputs, inputs);
    }

    delete(managed: Managed): Promise<void> {
        return this.plugin.delete(managed.urn, managed.id, managed.outputs, managed.inputs, { timeout: 30 });
    }

    /** From now on the pods with the label app=<app> behave as told. */
    async behave(app: string, wanted: string): Promise<void> {
        const path = `/api/v1/namespaces/${this.namespace}/pods`;
        const { body } = await this.api.call<{ items: { metadata: { name: string } }[] }>(
            "GET",
            `${path}?labelSelector=app%3D${app}`,
        );
        const change = { metadata: { annotations: { [behaviour]: wanted } } };
        await Promise.all(
            body.items.map(({ metadata: { name } }) =>
                this.api.call("PATCH", `${path}/${name}`, change, "application/merge-patch+json"),
            ),
        );
    }

    /** Runs the kubelets' part for all pods of the server. */
    async withKubelets(): Promise<void> {
        if (kubelets) return;
        await createNode(this.api, "node-1");
        kubelets = startKubelets(this.api, "node-1");
    }
}

/** A harness for a describe block; `config` is added to the provider's. */
export function useHarness(config: PropertyMap = {}): () => Harness {
    let harness: Harness | undefined;
    before(async function () {
        this.timeout(120_000);
        const api = await sharedApiServer();
        counter += 1;
        const namespace = `t${counter}`;
        await api.call("POST", "/api/v1/namespaces", { metadata: { name: namespace } });
        const plugin = await startPlugin();
        await plugin.configure({ kubeconfig: api.kubeconfig, namespace, ...config });
        harness = new Harness(api, plugin, namespace);
    });
    after(() => harness?.plugin.stop());
    return () => {
        assert.ok(harness, "the harness is there in tests only");
        return harness;
    };
}

export function startPlugin(): Promise<ProviderClient> {
    const executable = process.env.M3PERF_KUBERNETES_PLUGIN;
    return startProvider({ folder: "kubernetes", version: "4.34.2" }, executable ? { executable } : {});
}

/** The failure of a call that must fail. */
export async function failureOf(call: Promise<unknown>): Promise<PluginFailure> {
    try {
        await call;
    } catch (error) {
        assert.ok(error instanceof PluginFailure, String(error));
        return error;
    }
    throw new assert.AssertionError({ message: "the call was to fail" });
}

/** Labels, selector and pod template of a workload whose pods behave as told. */
export function workload(app: string, wanted?: string): { selector: PropertyMap; template: PropertyMap } {
    const annotations: PropertyMap = wanted ? { [behaviour]: wanted } : {};
    return {
        selector: { matchLabels: { app } },
        template: {
            metadata: { labels: { app }, annotations },
            spec: { containers: [{ name: "c", image: "registry.k8s.io/pause:3.10" }] },
        },
    };
}

/** A CustomResourceDefinition Widget of group "<group>.example.com". */
export function widgets(group: string) {
    return {
        metadata: { name: `widgets.${group}.example.com` },
        spec: {
            group: `${group}.example.com`,
            scope: "Namespaced",
            names: { plural: "widgets", singular: "widget", kind: "Widget" },
            versions: [
                {
                    name: "v1",
                    served: true,
                    storage: true,
                    subresources: { status: {} },
                    schema: { openAPIV3Schema: { type: "object", x_kubernetes_preserve_unknown_fields: true } },
                },
            ],
        },
    };
}
