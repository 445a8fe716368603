/** The Kubernetes provider: Pulumi's calls, in terms of the cluster and of one resource. */
import {
    type CallContext,
    type CheckRequest,
    type CheckResult,
    type CreateRequest,
    type DeleteRequest,
    type DiffRequest,
    type DiffResult,
    hasUnknowns,
    type PropertyMap,
    type ReadRequest,
    type ResourceProvider,
    RpcFailure,
    type UpdateRequest,
    unimplemented,
    unsealMap,
} from "../shared/index.ts";
import { Connection } from "./cluster/connection.ts";
import { createResource, updateResource } from "./operations/change.ts";
import { deleteResource } from "./operations/delete.ts";
import { readResource } from "./operations/read.ts";
import type { Scope } from "./operations/scope.ts";
import { checkInputs } from "./resource/check.ts";
import { diffResource } from "./resource/diff.ts";
import { RunKnowledge } from "./run.ts";
import { checkSettings, diffSettings, type ProviderSettings, settingsOf } from "./settings.ts";

export class KubernetesProvider implements ResourceProvider {
    readonly version: string;
    readonly #run = new RunKnowledge();
    #settings: ProviderSettings = settingsOf({});
    #connection = new Connection({});

    constructor(version: string) {
        this.version = version;
    }

    async checkConfig(request: CheckRequest): Promise<CheckResult> {
        return checkSettings(request.news);
    }

    async diffConfig(request: DiffRequest): Promise<DiffResult> {
        const olds = Object.keys(request.oldInputs).length > 0 ? request.oldInputs : request.olds;
        return diffSettings(olds, request.news);
    }

    async configure(config: PropertyMap): Promise<void> {
        const { failures = [] } = checkSettings(config);
        const [failure] = failures;
        if (failure) throw new RpcFailure(3, `kubernetes:${failure.property}: ${failure.reason}`); // INVALID_ARGUMENT
        this.#settings = settingsOf(config);
        this.#connection = new Connection(this.#settings);
    }

    async check(request: CheckRequest): Promise<CheckResult> {
        if (request.olds) this.#run.inState.add(request.urn);
        const result = await checkInputs(request, {
            namespace: this.#connection.namespace,
            namespaced: async (apiVersion, kind) =>
                this.#run.scopeOf(apiVersion, kind) ?? (await this.#connection.namespaced(apiVersion, kind)),
            serverSideApply: this.#settings.serverSideApply,
        });
        if (!result.failures?.length && !hasUnknowns(result.inputs)) this.#run.learn(unsealMap(result.inputs));
        return result;
    }

    async diff(request: DiffRequest): Promise<DiffResult> {
        return diffResource(request, this.#settings);
    }

    create(request: CreateRequest, context: CallContext): Promise<{ id: string; outputs: PropertyMap }> {
        return createResource(request, this.#scope(context));
    }

    update(request: UpdateRequest, context: CallContext): Promise<PropertyMap> {
        return updateResource(request, this.#scope(context));
    }

    read(request: ReadRequest, context: CallContext) {
        return readResource(request, this.#scope(context));
    }

    delete(request: DeleteRequest, context: CallContext): Promise<void> {
        return deleteResource(request, this.#scope(context));
    }

    async invoke(token: string): Promise<PropertyMap> {
        throw unimplemented(`${token} (YAML, Helm and Kustomize need the official Kubernetes plugin)`);
    }

    close(): Promise<void> {
        return this.#connection.close();
    }

    #scope(context: CallContext): Scope {
        return { connection: this.#connection, settings: this.#settings, run: this.#run, context };
    }
}
