/** Create and update: at preview a dry run by the server, else the change itself and then the wait for readiness. */
import { setTimeout as sleep } from "node:timers/promises";
import {
    type CreateRequest,
    hasUnknowns,
    InitFailed,
    isMap,
    type PropertyMap,
    type UpdateRequest,
    unknown,
    unsealMap,
} from "../../shared/index.ts";
import { awaitReady, chooseAwaiter, limitOf } from "../await/index.ts";
import { ApiError, Unreachable } from "../cluster/client.ts";
import { isNotFound, NoSuchKind, refused } from "../cluster/connection.ts";
import {
    annotationOf,
    annotations,
    describe,
    idOf,
    type KubeObject,
    parseId,
    referenceOf,
} from "../cluster/objects.ts";
import { kindOf } from "../resource/kinds.ts";
import { newFieldManager } from "../resource/names.ts";
import { apply, mergePatch, post, type Requests, update } from "../resource/requests.ts";
import { liveOf, ownershipOf, previewOf, stateOf, toServer } from "../resource/state.ts";
import { previewCreate, previewUpdate } from "./preview.ts";
import { requestsFor, type Scope } from "./scope.ts";

/** The object that the inputs describe, as the server reads it. */
export function objectOf(type: string, inputs: PropertyMap): KubeObject {
    const { apiVersion, kind } = kindOf(type, inputs);
    return { metadata: {}, ...toServer(unsealMap(inputs)), apiVersion, kind } as KubeObject;
}

export async function createResource(
    request: CreateRequest,
    scope: Scope,
): Promise<{ id: string; outputs: PropertyMap }> {
    const { inputs, type, urn, preview } = request;
    if (preview && hasUnknowns(inputs)) return { id: "", outputs: previewOf(undefined, inputs) };
    const { patch } = kindOf(type, inputs);
    const object = objectOf(type, inputs);
    chooseAwaiter(object, object); // an annotation that cannot be understood is refused before anything is made
    const fieldManager = annotationOf(object, annotations.patchFieldManager) || newFieldManager();
    const requests = requestsFor(scope, urn, preview);
    if (preview) {
        const dryRun = await previewCreate({ requests, object, patch, fieldManager, urn }, scope);
        const outputs = previewOf(dryRun, inputs);
        if (object.metadata.name === undefined && isMap(outputs.metadata)) outputs.metadata.name = unknown;
        return { id: "", outputs };
    }
    const made = await create(requests, object, { patch, fieldManager, upsert: scope.settings.upsert }, request, scope);
    const ownership = { fieldManager, initialApiVersion: object.apiVersion };
    const outputs = await ready(request, scope, made, object, (live) => stateOf(live, inputs, ownership));
    return { id: idOf(made), outputs };
}

async function create(
    requests: Requests,
    object: KubeObject,
    how: { patch: boolean; fieldManager: string; upsert: boolean },
    request: CreateRequest,
    scope: Scope,
): Promise<KubeObject> {
    const reference = referenceOf(object);
    // The kind, the namespace or an admission webhook may come up in the same run (official: five tries, about 30 s).
    const deadline = performance.now() + limitOf(request.timeout, object, 30) * 1000;
    for (let pause = 250; ; pause = Math.min(pause * 2, 4000)) {
        try {
            if (how.patch || how.upsert) return await apply(requests, object, how.fieldManager);
            return await post(requests, object);
        } catch (error) {
            const early = error instanceof NoSuchKind || isNotFound(error) || isWebhookDown(error);
            if (early && performance.now() < deadline && !scope.context.signal.aborted) {
                scope.context.log.status(`waiting to create it: ${(error as Error).message}`, request.urn);
                await sleep(pause, undefined, { signal: scope.context.signal }).catch(() => {});
                continue;
            }
            if (!(error instanceof ApiError)) throw error;
            if (error.reason === "AlreadyExists") throw alreadyExists(object, request.type, request.name);
            if (how.patch && error.reason === "Invalid" && !(await scope.connection.get(reference))) {
                throw new Error(`${describe(reference)} does not exist, so there is nothing to patch`);
            }
            throw refused("create", reference, error);
        }
    }
}

function isWebhookDown(error: unknown): boolean {
    return error instanceof ApiError && error.status === 500 && /failed calling webhook/.test(error.message);
}

export function alreadyExists(object: KubeObject, type: string, name: string): Error {
    const reference = referenceOf(object);
    return new Error(
        `${describe(reference)} already exists and is not in this stack's state\n` +
            `  what to do: adopt it with "pulumi import ${type} ${name} ${idOf(object)}", give this resource another name, or set the ` +
            "provider's upsertExistingObjects",
    );
}

export async function updateResource(request: UpdateRequest, scope: Scope): Promise<PropertyMap> {
    const { news, olds, type, urn, preview } = request;
    if (preview && hasUnknowns(news)) return previewOf(undefined, news, liveOf(olds));
    const { patch } = kindOf(type, news);
    const object = withId(objectOf(type, news), request.id);
    chooseAwaiter(object, object);
    const kept = ownershipOf(olds, request.oldInputs);
    const annotated = annotationOf(object, annotations.patchFieldManager);
    const fieldManager = annotated || (kept.fieldManager ?? newFieldManager());
    const ownership = { fieldManager, initialApiVersion: kept.initialApiVersion ?? object.apiVersion };
    const requests = requestsFor(scope, urn, preview);
    const change = { requests, object, patch, fieldManager, urn };
    if (preview) {
        const dryRun = await previewUpdate({ ...change, request }, scope);
        return previewOf(dryRun, news, liveOf(olds));
    }
    const reference = referenceOf(object);
    try {
        const live = await scope.connection.get(reference);
        if (!live) throw gone(object);
        const updated = scope.settings.serverSideApply
            ? await update(requests, {
                  object,
                  live,
                  manager: fieldManager,
                  patch,
                  ignoreChanges: request.ignoreChanges,
              })
            : await mergePatch(requests, objectOf(type, request.oldInputs), object);
        return await ready(request, scope, updated, object, (seen) => stateOf(seen, news, ownership));
    } catch (error) {
        if (error instanceof ApiError) throw refused("update", reference, error);
        if (error instanceof Unreachable && scope.settings.skipUpdateUnreachable) {
            scope.run.warnOnce(scope.context, `${error.message}: not updated (skipUpdateUnreachable)`, urn);
            return olds;
        }
        throw error;
    }
}

/** With generateName the inputs have no name: the id has. */
function withId(object: KubeObject, id: string): KubeObject {
    const { namespace, name } = parseId(id);
    const metadata = { ...object.metadata };
    metadata.name ??= name;
    if (namespace !== "") metadata.namespace ??= namespace;
    delete metadata.generateName;
    return { ...object, metadata };
}

export function gone(object: KubeObject): Error {
    return new Error(
        `${describe(referenceOf(object))} is no longer there: it was deleted outside of Pulumi\n` +
            '  what to do: "pulumi refresh", then run this again: it will be created anew',
    );
}

async function ready(
    request: CreateRequest | UpdateRequest,
    scope: Scope,
    made: KubeObject,
    object: KubeObject,
    stateFor: (live: KubeObject) => PropertyMap,
): Promise<PropertyMap> {
    const { signal, log } = scope.context;
    const { object: live, missing } = await awaitReady({
        connection: scope.connection,
        object: made,
        inputs: object,
        timeout: request.timeout,
        signal,
        status: (message) => log.status(message, request.urn),
    });
    const outputs = stateFor(live);
    if (missing.length === 0) return outputs;
    const inputs = "inputs" in request ? request.inputs : request.news;
    throw new InitFailed(
        `${describe(referenceOf(live))} is there, but not ready`,
        idOf(live),
        outputs,
        inputs,
        missing,
    );
}
