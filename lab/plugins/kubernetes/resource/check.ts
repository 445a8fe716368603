/** Check: the program's inputs, completed (name, namespace) and validated as far as that goes without a server. */
import {
    type CheckFailure,
    type CheckRequest,
    type CheckResult,
    isMap,
    type PropertyMap,
    type PropertyValue,
    resealLike,
    Secret,
    Unknown,
    unseal,
} from "../../shared/index.ts";
import { kindOf, refusalOf } from "./kinds.ts";
import { withName } from "./names.ts";
import { pathText } from "./paths.ts";
import { secretInputs } from "./secrets.ts";

export interface CheckDefaults {
    /** Where namespaced objects go that name no namespace. */
    namespace: string;
    /** Undefined when nobody can tell (custom kind, and no cluster to ask). */
    namespaced(apiVersion: string, kind: string): Promise<boolean | undefined>;
    serverSideApply: boolean;
}

export async function checkInputs(request: CheckRequest, defaults: CheckDefaults): Promise<CheckResult> {
    const sealed = withoutNulls(request.news) as PropertyMap;
    const refusal = refusalOf(request.type);
    if (refusal) return { inputs: sealed, failures: [{ property: "", reason: refusal }] };

    let inputs = unseal(sealed) as PropertyMap;
    const failures = problemsOf(inputs);
    if (failures.length > 0) return { inputs: sealed, failures };
    const { apiVersion, kind, patch } = kindOf(request.type, inputs);
    if (patch && !defaults.serverSideApply) {
        const reason = "Patch resources need server-side apply, which the provider's enableServerSideApply turns off";
        return { inputs: sealed, failures: [{ property: "", reason }] };
    }
    inputs = { ...inputs, apiVersion, kind };

    const olds = request.olds === null ? null : (unseal(request.olds) as PropertyMap);
    const { name: resource, randomSeed, autonaming } = request;
    const naming = withName({ inputs, olds, resource, randomSeed, autonaming, patch });
    if ("problem" in naming) {
        return { inputs: sealed, failures: [{ property: "metadata.name", reason: naming.problem }] };
    }
    inputs = naming.inputs;

    const metadata = inputs.metadata;
    if (isMap(metadata) && metadata.namespace === undefined && (await defaults.namespaced(apiVersion, kind)) === true) {
        inputs = { ...inputs, metadata: { ...metadata, namespace: defaults.namespace } };
    }
    if (apiVersion === "v1" && kind === "Secret") return { inputs: secretInputs(inputs) };
    return { inputs: resealLike(inputs, sealed) as PropertyMap };
}

function withoutNulls(value: PropertyValue): PropertyValue {
    if (value instanceof Secret) return new Secret(withoutNulls(value.value));
    if (Array.isArray(value)) return value.map(withoutNulls);
    if (!isMap(value)) return value;
    return Object.fromEntries(
        Object.entries(value).flatMap(([key, item]) => (item === null ? [] : [[key, withoutNulls(item)]])),
    );
}

const dnsName = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** What a server would refuse with words that are hard to trace back to the program. */
function problemsOf(inputs: PropertyMap): CheckFailure[] {
    const failures: CheckFailure[] = [];
    const fail = (path: (string | number)[], reason: string) => failures.push({ property: pathText(path), reason });
    for (const key of ["apiVersion", "kind"]) {
        const value = inputs[key];
        if (value !== undefined && (typeof value !== "string" || value === ""))
            fail([key], `must be a text, is ${shown(value)}`);
    }
    const metadata = inputs.metadata;
    if (metadata !== undefined && !(metadata instanceof Unknown)) {
        if (!isMap(metadata)) fail(["metadata"], `must be an object, is ${shown(metadata)}`);
        else {
            for (const key of ["name", "namespace", "generateName"]) {
                const value = metadata[key];
                if (value === undefined || value instanceof Unknown) continue;
                if (typeof value !== "string" || value === "")
                    fail(["metadata", key], `must be a text that is not empty, is ${shown(value)}`);
                else if (key === "namespace" && (!dnsName.test(value) || value.length > 63)) {
                    fail(
                        ["metadata", key],
                        `"${value}" is no namespace's name: lower-case letters, digits and "-", at most 63`,
                    );
                } else if (key === "name" && /[/%]|^\.{1,2}$/.test(value)) {
                    fail(["metadata", key], `"${value}" may not hold "/" or "%"`);
                }
            }
            for (const key of ["labels", "annotations"]) textsOnly(["metadata", key], metadata[key], fail);
        }
    }
    if (inputs.kind === "ConfigMap" || inputs.kind === "Secret") {
        for (const key of ["data", "stringData", "binaryData"]) textsOnly([key], inputs[key], fail);
    }
    return failures;
}

function textsOnly(
    path: string[],
    map: PropertyValue | undefined,
    fail: (path: (string | number)[], reason: string) => void,
): void {
    if (!isMap(map)) return;
    for (const [key, value] of Object.entries(map)) {
        if (typeof value === "string" || value instanceof Unknown) continue;
        fail([...path, key], `must be a text, is ${shown(value)}: write it in quotes, or JSON.stringify it`);
    }
}

/** The value's type: values may be secret. */
function shown(value: PropertyValue): string {
    if (value === null) return "null";
    return Array.isArray(value) ? "a list" : typeof value === "object" ? "an object" : `a ${typeof value}`;
}
