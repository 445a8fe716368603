/** Read: the live object, for refresh and import. */
import { InitFailed, isMap, type PropertyMap, type ReadRequest, resealLike, unsealMap } from "../../shared/index.ts";
import { lookOnce } from "../await/index.ts";
import { ApiError, Unreachable } from "../cluster/client.ts";
import { refused } from "../cluster/connection.ts";
import { describe, idOf, type JsonObject, parseId, type Reference } from "../cluster/objects.ts";
import { driftedInputs } from "../resource/drift.ts";
import { kindOf } from "../resource/kinds.ts";
import { newFieldManager } from "../resource/names.ts";
import { secretInputs } from "../resource/secrets.ts";
import { importedInputs, liveOf, ownershipOf, stateOf, toProgram, toServer } from "../resource/state.ts";
import type { Scope } from "./scope.ts";

/** Null when the object is gone. */
export async function readResource(
    request: ReadRequest,
    scope: Scope,
): Promise<{ id: string; outputs: PropertyMap; inputs: PropertyMap } | null> {
    const known = isMap(request.outputs.__inputs) ? request.outputs.__inputs : {};
    const oldInputs = Object.keys(request.inputs).length > 0 ? request.inputs : known;
    const importing = Object.keys(oldInputs).length === 0;
    const { apiVersion, kind, patch } = kindOf(request.type, { ...request.outputs, ...oldInputs });
    const reference: Reference = { apiVersion, kind, ...parseId(request.id) };
    const live = await scope.connection.get(reference, scope.context.signal).catch((error: unknown) => {
        if (error instanceof Unreachable && scope.settings.deleteUnreachable) return undefined;
        throw error instanceof ApiError ? refused("read", reference, error) : error;
    });
    if (!live) return null;

    const kept = ownershipOf(request.outputs, oldInputs);
    const ownership = {
        fieldManager: kept.fieldManager ?? newFieldManager(),
        initialApiVersion: kept.initialApiVersion ?? apiVersion,
    };
    let inputs: PropertyMap;
    if (importing) {
        const shown = toProgram(importedInputs(live));
        inputs = kind === "Secret" && apiVersion === "v1" ? secretInputs(shown) : shown;
    } else {
        const before = toServer(unsealMap(liveOf(request.outputs))) as JsonObject;
        const now = driftedInputs(toServer(unsealMap(oldInputs)) as JsonObject, before, live);
        // The inputs keep the program's spelling of a CRD's x-kubernetes fields.
        const spelled = usesUnderscores(oldInputs) ? toProgram(now as PropertyMap) : (now as PropertyMap);
        inputs = resealLike(spelled, oldInputs) as PropertyMap;
    }
    const outputs = stateOf(live, inputs, ownership);
    const found = { id: idOf(live), outputs, inputs };
    if (importing || patch) return found;
    const missing = await lookOnce(unsealMap(inputs) as JsonObject, live, {
        connection: scope.connection,
        signal: scope.context.signal,
    });
    if (missing.length > 0) {
        throw new InitFailed(`${describe(reference)} is there, but not ready`, found.id, outputs, inputs, missing);
    }
    return found;
}

function usesUnderscores(inputs: PropertyMap): boolean {
    return JSON.stringify(inputs).includes('"x_kubernetes_');
}
