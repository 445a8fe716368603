/** What other hands changed, out of the events of a refresh: objects that are no longer what the state says. Pure. */

type Fields = Record<string, unknown>;

/** A resource as a step of the engine has it, before or after. */
export interface StepState {
    inputs?: Fields | null;
    outputs?: Fields | null;
}

export interface Drift {
    urn: string;
    /** The object is no longer there. */
    gone: boolean;
    /** Places that differ, as "metadata.labels.app" or 'data["m3.yml"]'. Never values: they may be secret. */
    paths: string[];
    /** The field manager that wrote last, where the object tells one that is not Pulumi's: "kubectl-edit". */
    by?: string;
}

/** What a refresh found of one resource; undefined: it is as the state says. */
export function driftOf(
    urn: string,
    before: StepState | null | undefined,
    found: StepState | null | undefined,
): Drift | undefined {
    if (!found?.inputs) return { urn, gone: true, paths: [] };
    const paths = differing(before?.inputs ?? {}, found.inputs);
    if (paths.length === 0) return undefined;
    const by = lastHand(found.outputs);
    return { urn, gone: false, paths, ...(by === undefined ? {} : { by }) };
}

/** The provider's own notes in the inputs begin with two underscores. */
const own = (key: string) => key.startsWith("__");

function differing(before: unknown, found: unknown, path = ""): string[] {
    if (JSON.stringify(before) === JSON.stringify(found)) return [];
    if (Array.isArray(before) && Array.isArray(found) && before.length === found.length)
        return before.flatMap((item, index) => differing(item, found[index], `${path}[${index}]`));
    if (isRecord(before) && isRecord(found) && !isSealed(before) && !isSealed(found)) {
        const keys = [...new Set([...Object.keys(before), ...Object.keys(found)])].filter((key) => !own(key));
        return keys.flatMap((key) => differing(before[key], found[key], joined(path, key)));
    }
    return [path];
}

const isRecord = (value: unknown): value is Fields =>
    typeof value === "object" && value !== null && !Array.isArray(value);

/** Pulumi's mark of a secret or another special value. */
const isSealed = (value: Fields) => "4dabf18193072939515e22adb298388d" in value;

const joined = (path: string, key: string) =>
    /^[\w-]+$/.test(key) ? `${path === "" ? "" : `${path}.`}${key}` : `${path}[${JSON.stringify(key)}]`;

interface ManagedField {
    manager?: string;
    time?: string;
    subresource?: string;
}

/** Server-side: who wrote fields of the object, but for controllers, which write its status. */
function lastHand(outputs: StepState["outputs"]): string | undefined {
    const metadata = isRecord(outputs?.metadata) ? outputs.metadata : {};
    const fields = (Array.isArray(metadata.managedFields) ? metadata.managedFields : []) as ManagedField[];
    const hands = fields.filter(
        ({ manager = "pulumi", subresource = "" }) => !manager.startsWith("pulumi") && subresource === "",
    );
    return hands.sort((a, b) => (b.time ?? "").localeCompare(a.time ?? ""))[0]?.manager;
}
