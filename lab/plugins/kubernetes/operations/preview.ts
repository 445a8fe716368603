/** Dry runs by the server at preview. What cannot be asked yet is said, and does not fail the preview. */
import { randomBytes } from "node:crypto";
import type { UpdateRequest } from "../../shared/index.ts";
import { ApiError, Unreachable } from "../cluster/client.ts";
import { NoSuchKind, refused } from "../cluster/connection.ts";
import { describe, type KubeObject, nameOf, referenceOf, textAt } from "../cluster/objects.ts";
import { apply, mergePatch, post, type Requests, update } from "../resource/requests.ts";
import { alreadyExists, gone, objectOf } from "./change.ts";
import type { Scope } from "./scope.ts";

export interface PlannedChange {
    requests: Requests;
    object: KubeObject;
    patch: boolean;
    fieldManager: string;
    urn: string;
}

/** The object as the server would make it; undefined when it could not be asked. */
export function previewCreate(change: PlannedChange, scope: Scope): Promise<KubeObject | undefined> {
    const { requests, object, patch, fieldManager, urn } = change;
    return tolerant(change, scope, "create", async () => {
        if (patch || scope.settings.upsert) {
            const reference = referenceOf(object);
            if (!patch || (await scope.connection.get(reference))) return apply(requests, object, fieldManager);
            scope.context.log.say("info", `${describe(reference)} does not exist yet: the patch was not checked`, urn);
            return undefined;
        }
        try {
            return await post(requests, object);
        } catch (error) {
            if (!(error instanceof ApiError) || error.reason !== "AlreadyExists") throw error;
            const [, , types = "", ...names] = urn.split("::");
            if (!scope.run.inState.has(urn))
                throw alreadyExists(object, types.split("$").at(-1) ?? "", names.join("::"));
            return asIfGone(requests, object);
        }
    });
}

/** A replacement: the old object still has the name, so the server is asked about another one. */
async function asIfGone(requests: Requests, object: KubeObject): Promise<KubeObject> {
    const name = nameOf(object);
    const other = `${name.slice(0, 40)}-${randomBytes(4).toString("hex")}`;
    const answer = await post(requests, { ...object, metadata: { ...object.metadata, name: other } });
    return { ...answer, metadata: { ...answer.metadata, name } };
}

export function previewUpdate(
    change: PlannedChange & { request: UpdateRequest },
    scope: Scope,
): Promise<KubeObject | undefined> {
    const { requests, object, patch, fieldManager, request } = change;
    return tolerant(change, scope, "update", async () => {
        const live = await scope.connection.get(referenceOf(object));
        if (!live) throw gone(object);
        if (!scope.settings.serverSideApply) {
            return mergePatch(requests, objectOf(request.type, request.oldInputs), object);
        }
        return update(requests, { object, live, manager: fieldManager, patch, ignoreChanges: request.ignoreChanges });
    });
}

async function tolerant(
    change: PlannedChange,
    scope: Scope,
    what: string,
    ask: () => Promise<KubeObject | undefined>,
): Promise<KubeObject | undefined> {
    const { connection, run, context } = scope;
    const { object, urn } = change;
    if (connection.unreachable !== undefined) return undefined;
    try {
        return await ask();
    } catch (error) {
        if (error instanceof Unreachable) {
            connection.unreachable = error.message;
            run.warnOnce(
                context,
                `${error.message}\n  The preview goes on without the cluster. Not checked: whether the API server accepts the objects, ` +
                    "field conflicts with other managers, objects that exist already or have changed. An update would fail.",
            );
            return undefined;
        }
        if (error instanceof NoSuchKind) {
            if (run.scopeOf(object.apiVersion, object.kind) === undefined) {
                run.warnOnce(context, `not checked by the API server: ${error.message}`, urn);
            }
            return undefined;
        }
        if (!(error instanceof ApiError)) throw error;
        if (error.status === 404 && textAt(error.body, "details", "kind") === "namespaces") {
            const namespace = textAt(error.body, "details", "name");
            if (!run.bringsNamespace(namespace)) {
                run.warnOnce(
                    context,
                    `not checked by the API server: the namespace ${namespace} does not exist yet`,
                    urn,
                );
            }
            return undefined;
        }
        if (error.status === 400 && /does not support dry run/.test(error.message)) {
            run.warnOnce(context, `not checked by the API server: ${error.message}`, urn);
            return undefined;
        }
        throw refused(what, referenceOf(object), error);
    }
}
