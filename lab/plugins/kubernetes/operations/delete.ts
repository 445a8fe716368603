/** Delete: the object goes, and the call returns when it is gone; a patch gives its fields back. */
import { type DeleteRequest, unsealMap } from "../../shared/index.ts";
import { awaitGone } from "../await/deletion.ts";
import { limitOf } from "../await/index.ts";
import { ApiError, Unreachable } from "../cluster/client.ts";
import { NoSuchKind, refused } from "../cluster/connection.ts";
import { annotationOf, annotations, type JsonObject, parseId, type Reference } from "../cluster/objects.ts";
import { kindOf } from "../resource/kinds.ts";
import { relinquish, remove } from "../resource/requests.ts";
import { ownershipOf } from "../resource/state.ts";
import type { Scope } from "./scope.ts";

/** Kinds whose deletion is not awaited with `skipAwait`; others always are (official: allowsSkipAwaitWithDelete). */
const skipping = ["Namespace", "Pod", "ReplicationController", "DaemonSet", "Deployment", "StatefulSet", "Job"];

export async function deleteResource(request: DeleteRequest, scope: Scope): Promise<void> {
    const { connection, settings, context } = scope;
    const { apiVersion, kind, patch } = kindOf(request.type, request.outputs);
    const reference: Reference = { apiVersion, kind, ...parseId(request.id) };
    const inputs = unsealMap(Object.keys(request.inputs).length > 0 ? request.inputs : request.outputs) as JsonObject;
    const manager = ownershipOf(request.outputs, request.inputs).fieldManager ?? "";
    try {
        if (patch) return await relinquish(connection, reference, manager);
        const going = await remove(connection, reference, propagationOf(inputs));
        if (!going) return;
        if (annotationOf(inputs, annotations.skipAwait) === "true" && skipping.includes(kind)) return;
        await awaitGone({
            connection,
            reference,
            object: going,
            limit: limitOf(request.timeout, inputs, kind === "Namespace" ? 600 : 300),
            signal: context.signal,
            status: (message) => context.log.status(message, request.urn),
        });
    } catch (error) {
        if (error instanceof NoSuchKind) return; // its CRD is gone, and with it the object
        if (error instanceof Unreachable) {
            if (!settings.deleteUnreachable) {
                const way =
                    "to forget resources of a cluster that is gone: PULUMI_K8S_DELETE_UNREACHABLE=true, or deleteUnreachable";
                throw new Unreachable(`${error.message}\n  what to do: bring the cluster back; ${way}`);
            }
            scope.run.warnOnce(context, `${error.message}: forgotten, not deleted (deleteUnreachable)`, request.urn);
            return;
        }
        if (!(error instanceof ApiError)) throw error;
        // The cluster's own namespaces cannot be deleted; what we set in them is given back (official since 4.32).
        const own = kind === "Namespace" && error.status === 403 && /may not be deleted/.test(error.message);
        if (own) return relinquish(connection, reference, manager);
        throw refused("delete", reference, error);
    }
}

function propagationOf(inputs: JsonObject): string {
    const wanted = annotationOf(inputs, annotations.deletionPropagation).toLowerCase();
    return wanted === "orphan" ? "Orphan" : wanted === "background" ? "Background" : "Foreground";
}
