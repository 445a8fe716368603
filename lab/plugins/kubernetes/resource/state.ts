/** What is kept in the state: the official provider's keys, so that it can take a stack over (facts.md 2). */
import { isMap, type PropertyMap, type PropertyValue, Secret, unknown } from "../../shared/index.ts";
import { isObject, type KubeObject } from "../cluster/objects.ts";
import { sealOutputs } from "./secrets.ts";

const extension = /^x_kubernetes_/;
const dashed = /^x-kubernetes-/;

/** The SDK writes a CRD's `x-kubernetes-…` fields with underscores; the server wants dashes. */
export function toServer(inputs: PropertyMap): PropertyMap {
    return renamed(inputs, (key) => (extension.test(key) ? key.replaceAll("_", "-") : key)) as PropertyMap;
}

/** The other way, for outputs. */
export function toProgram(outputs: PropertyMap): PropertyMap {
    return renamed(outputs, (key) => (dashed.test(key) ? key.replaceAll("-", "_") : key)) as PropertyMap;
}

function renamed(value: PropertyValue, rename: (key: string) => string): PropertyValue {
    if (value instanceof Secret) return new Secret(renamed(value.value, rename));
    if (Array.isArray(value)) return value.map((item) => renamed(item, rename));
    if (!isMap(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [rename(key), renamed(item, rename)]));
}

export interface Ownership {
    fieldManager: string;
    initialApiVersion: string;
}

/** The outputs of a live object, with the official bookkeeping keys; sealed where the inputs are. */
export function stateOf(live: KubeObject, inputs: PropertyMap, ownership: Ownership): PropertyMap {
    return {
        ...toProgram(sealOutputs(live, toServer(inputs))),
        __inputs: toProgram(inputs),
        __initialApiVersion: ownership.initialApiVersion,
        __fieldManager: ownership.fieldManager,
    };
}

export function ownershipOf(outputs: PropertyMap, inputs: PropertyMap): Partial<Ownership> {
    const found: Partial<Ownership> = {};
    if (typeof outputs.__fieldManager === "string") found.fieldManager = outputs.__fieldManager;
    const version = outputs.__initialApiVersion ?? inputs.apiVersion;
    if (typeof version === "string") found.initialApiVersion = version;
    return found;
}

/** The live object in a state: its outputs without the bookkeeping. */
export function liveOf(outputs: PropertyMap): PropertyMap {
    return Object.fromEntries(Object.entries(outputs).filter(([key]) => !key.startsWith("__")));
}

/**
 * Outputs to show at preview from a dry run: what the server would decide anew is not known yet. Without a dry run
 * (`dryRun` undefined) the inputs are all that is known.
 */
export function previewOf(dryRun: KubeObject | undefined, inputs: PropertyMap, live?: PropertyMap): PropertyMap {
    const outputs: PropertyMap = dryRun ? sealOutputs(dryRun, toServer(inputs)) : { ...inputs };
    const metadata: PropertyMap = isMap(outputs.metadata) ? { ...outputs.metadata } : {};
    delete metadata.managedFields;
    const before = isMap(live?.metadata) ? live.metadata : undefined;
    for (const key of ["uid", "creationTimestamp"]) metadata[key] = before?.[key] ?? unknown;
    metadata.resourceVersion = unknown;
    if (isMap(outputs.metadata) || outputs.metadata === undefined) outputs.metadata = metadata;
    outputs.status = unknown;
    if (!live) markServerChoices(outputs, inputs);
    return toProgram(outputs);
}

/** Addresses and ports that a dry run makes up and a real run chooses again. */
function markServerChoices(outputs: PropertyMap, inputs: PropertyMap): void {
    const asked = isMap(inputs.spec) ? inputs.spec : {};
    const spec = outputs.spec;
    if (!isMap(spec)) return;
    if (outputs.kind === "Service") {
        const copy = { ...spec };
        if (asked.clusterIP === undefined && asked.type !== "ExternalName") copy.clusterIP = copy.clusterIPs = unknown;
        if (Array.isArray(copy.ports)) {
            copy.ports = copy.ports.map((port, index) => {
                const wanted = Array.isArray(asked.ports) ? asked.ports[index] : undefined;
                const chosen =
                    isMap(port) && port.nodePort !== undefined && !(isMap(wanted) && wanted.nodePort !== undefined);
                return chosen && isMap(port) ? { ...port, nodePort: unknown } : port;
            });
        }
        outputs.spec = copy;
    }
    if (outputs.kind === "PersistentVolumeClaim" && asked.volumeName === undefined) {
        outputs.spec = { ...spec, volumeName: unknown };
    }
    if (outputs.kind === "Pod" && asked.nodeName === undefined) outputs.spec = { ...spec, nodeName: unknown };
}

/** Fields that only the server writes: left out of the inputs of an imported object. */
export function importedInputs(live: KubeObject): PropertyMap {
    const { status: _status, metadata, ...rest } = live;
    const serverOwned = ["managedFields", "uid", "resourceVersion", "creationTimestamp", "generation", "selfLink"];
    const kept = Object.fromEntries(Object.entries(metadata).filter(([key]) => !serverOwned.includes(key)));
    if (isObject(kept.annotations)) {
        const { "kubectl.kubernetes.io/last-applied-configuration": _copy, ...others } = kept.annotations;
        if (Object.keys(others).length > 0) kept.annotations = others;
        else delete kept.annotations;
    }
    return { ...rest, metadata: kept } as PropertyMap;
}
