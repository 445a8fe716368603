/** Substitute for pulumi-resource-random: values are made once and live in the state; any changed input makes new ones. */
import {
    type CheckFailure,
    equal,
    hasSecrets,
    hasUnknowns,
    isMap,
    type PropertyMap,
    type PropertyValue,
    type ResourceProvider,
    Secret,
    unimplemented,
    unknown,
    unseal,
    unsealMap,
} from "../shared/index.ts";
import { type InputKind, type InputRule, type Made, type RandomResource, resources } from "./resources.ts";

export function randomProvider(version: string): ResourceProvider {
    return {
        version,
        async check({ type, news }) {
            return { inputs: news, failures: problems(resourceOf(type), news) };
        },
        async diff({ type, oldInputs, olds, news }) {
            const { inputs } = resourceOf(type);
            // States of older engines or of an import may lack the inputs: the outputs repeat them.
            const before = { ...olds, ...oldInputs };
            const changed = Object.entries(inputs).filter(([name, rule]) => {
                return !rule.aliasOf && !same(settled(before, name, rule, inputs), settled(news, name, rule, inputs));
            });
            return {
                changes: Object.fromEntries(
                    changed.map(([name]) => [name, { kind: "update-replace", inputDiff: true }]),
                ),
            };
        },
        async create({ type, inputs, preview }) {
            const resource = resourceOf(type);
            if (preview) {
                const made = resource.made.map((name) => {
                    return [name, resource.secrets?.includes(name) ? new Secret(unknown) : unknown];
                });
                return { id: "", outputs: { ...filled(resource, inputs), ...Object.fromEntries(made) } };
            }
            return state(resource, inputs, resource.make(filled(resource, unsealMap(inputs))));
        },
        async read({ type, id, outputs, inputs }) {
            const resource = resourceOf(type);
            if (Object.keys(outputs).length > 0) return { id, outputs, inputs }; // there is nothing outside to look at
            if (!resource.imported) throw unimplemented(`import of ${type}: its id does not hold its value`);
            let imported: ReturnType<NonNullable<RandomResource["imported"]>>;
            try {
                imported = resource.imported(id);
            } catch (error) {
                throw new Error(`cannot import: ${(error as Error).message}; the id must be ${resource.importForm}`);
            }
            return { ...state(resource, imported.inputs, imported), inputs: imported.inputs };
        },
        async update({ type, olds, news }) {
            // Only reached when nothing that matters has changed (keepers from none to an empty map).
            return { ...olds, ...filled(resourceOf(type), news) };
        },
        async delete() {}, // the value was nowhere but in the state
    };
}

function resourceOf(type: string): RandomResource {
    const resource = resources[type];
    if (!resource) throw unimplemented(`the resource type ${type}`);
    return resource;
}

function problems(resource: RandomResource, news: PropertyMap): CheckFailure[] {
    const failures: CheckFailure[] = [];
    for (const [property, rule] of Object.entries(resource.inputs)) {
        const value = unseal(news[property] ?? null);
        if (value === null) {
            if (rule.required) failures.push({ property, reason: `missing required property "${property}"` });
        } else if (!hasUnknowns(value) && !kinds[rule.kind].test(value)) {
            failures.push({ property, reason: `must be ${kinds[rule.kind].name}` });
        }
    }
    for (const property of Object.keys(news)) {
        if (!resource.inputs[property] && !property.startsWith("__")) {
            const known = Object.keys(resource.inputs).join(", ");
            failures.push({ property, reason: `is not an input of this resource; there are: ${known}` });
        }
    }
    if (failures.length > 0 || hasUnknowns(news)) return failures;
    return resource.rules?.(filled(resource, unsealMap(news))) ?? [];
}

const kinds: Record<InputKind, { name: string; test(value: PropertyValue): boolean }> = {
    integer: { name: "a whole number", test: Number.isSafeInteger },
    text: { name: "a string", test: (value) => typeof value === "string" },
    flag: { name: "true or false", test: (value) => typeof value === "boolean" },
    map: { name: "a map of strings", test: isMap },
    list: { name: "a list of strings", test: Array.isArray },
};

/** The value that counts for an input: given, given under its other name, or the default. */
function settled(
    given: PropertyMap,
    name: string,
    rule: InputRule,
    rules: Record<string, InputRule>,
): PropertyValue | undefined {
    const other = Object.entries(rules).find(([, { aliasOf }]) => aliasOf === name)?.[0] ?? rule.aliasOf;
    for (const key of other === undefined ? [name] : [name, other]) {
        const value = given[key];
        if (value !== undefined && value !== null) return value;
    }
    return rule.default;
}

function same(a: PropertyValue | undefined, b: PropertyValue | undefined): boolean {
    const plain = (value: PropertyValue | undefined) => {
        const bare = unseal(value ?? null);
        return isMap(bare) && Object.keys(bare).length === 0 ? null : bare;
    };
    // What is not known at preview may be new: shown as a replacement, as the official plugin does.
    return !hasUnknowns(plain(b)) && equal(plain(a), plain(b));
}

/** The inputs with their defaults, as the state repeats them among the outputs. */
function filled(resource: RandomResource, inputs: PropertyMap): PropertyMap {
    const values = Object.entries(resource.inputs).map(([name, rule]) => {
        return [name, settled(inputs, name, rule, resource.inputs)] as const;
    });
    return Object.fromEntries(values.filter((entry): entry is [string, PropertyValue] => entry[1] !== undefined));
}

function state(resource: RandomResource, inputs: PropertyMap, made: Made): { id: string; outputs: PropertyMap } {
    // What is made from a secret input (a prefix, the list to shuffle) is as secret; keepers only decide when.
    const { keepers: _, ...ingredients } = inputs;
    const sealed = hasSecrets(ingredients)
        ? Object.fromEntries(
              Object.entries(made.outputs).map(([name, value]) => [
                  name,
                  value instanceof Secret ? value : new Secret(value),
              ]),
          )
        : made.outputs;
    const meta =
        resource.schemaVersion === undefined
            ? {}
            : { __meta: JSON.stringify({ schema_version: String(resource.schemaVersion) }) };
    const id = resource.idOutput ? { id: made.id } : {};
    return { id: made.id, outputs: { ...meta, ...id, ...filled(resource, inputs), ...sealed } };
}
