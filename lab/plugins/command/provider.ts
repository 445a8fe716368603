/** Substitute for pulumi-resource-command: commands and copies, here and over SSH, in a resource's life cycle. */
import { randomBytes } from "node:crypto";
import {
    hasSecrets,
    type PropertyMap,
    type ResourceProvider,
    Secret,
    unimplemented,
    unknown,
    unsealMap,
} from "../shared/index.ts";
import { changesBetween } from "./changes.ts";
import { runLocal } from "./local.ts";
import { maskOf, secretsOfRun } from "./mask.ts";
import { type Privacy, withLimit } from "./output.ts";
import { type CommandResource, inputProblems, resources, type Step } from "./resources.ts";

export function commandProvider(version: string): ResourceProvider {
    return {
        version,
        async check({ type, news }) {
            const resource = resourceOf(type);
            const inputs = { ...news };
            if (resource.inputs.addPreviousOutputInEnv) inputs.addPreviousOutputInEnv ??= true;
            return { inputs, failures: inputProblems(resource, unsealMap(news)) };
        },
        async diff({ type, oldInputs, olds, news }) {
            const resource = resourceOf(type);
            const before = Object.keys(oldInputs).length > 0 ? oldInputs : inputsOf(resource, olds);
            return { changes: changesBetween(before, news) };
        },
        async create({ type, name, urn, inputs, preview, timeout }, context) {
            const resource = resourceOf(type);
            if (preview) return { id: "", outputs: unknownOutputs(resource, inputs) };
            const made = await resource.create(stepOf(resource, urn, inputs, {}), withLimit(context, timeout));
            const id = `${resource.namedId ? name : ""}${randomBytes(4).toString("hex")}`;
            return { id, outputs: sealedOutputs(resource, inputs, made) };
        },
        async read({ id, outputs, inputs, type }) {
            // What a command has done cannot be looked up: the state is all there is.
            if (Object.keys(outputs).length === 0)
                throw unimplemented(`import of ${type}: a command cannot be imported`);
            return { id, outputs, inputs };
        },
        async update({ type, urn, olds, news, preview, timeout }, context) {
            const resource = resourceOf(type);
            if (preview) return unknownOutputs(resource, news);
            const made = await resource.update(stepOf(resource, urn, news, olds), withLimit(context, timeout));
            return sealedOutputs(resource, news, made);
        },
        async delete({ type, urn, outputs, timeout }, context) {
            const resource = resourceOf(type);
            await resource.delete(
                stepOf(resource, urn, inputsOf(resource, outputs), outputs),
                withLimit(context, timeout),
            );
        },
        async invoke(token, args, context) {
            if (token !== "command:local:run") throw unimplemented(`the function ${token}`);
            const inputs = unsealMap(args);
            const run = {
                command: String(inputs.command),
                inputs,
                previous: {},
                urn: "",
                privacy: privacyOf([], args, {}),
            };
            const outputs = await runLocal(run, context);
            const made = hasSecrets(args)
                ? Object.entries(outputs).map(([name, value]) => [name, new Secret(value)])
                : [];
            return { ...args, ...outputs, ...Object.fromEntries(made) };
        },
    };
}

function resourceOf(type: string): CommandResource {
    const resource = resources[type];
    if (!resource) throw unimplemented(`the resource type ${type}`);
    return resource;
}

function stepOf(resource: CommandResource, urn: string, inputs: PropertyMap, state: PropertyMap): Step {
    const privacy = privacyOf(resource.apart, inputs, state);
    return { inputs: unsealMap(inputs), state: unsealMap(state), urn, privacy };
}

/** True when an input that the run uses is secret: then its outputs are. */
function secretsCount(apart: string[], inputs: PropertyMap): boolean {
    return Object.entries(inputs).some(([name, value]) => !apart.includes(name) && hasSecrets(value));
}

/**
 * Secrets that reach the command as values of their own are taken out of what is shown. A secret anywhere else, as in the
 * command's text or its standard input, may be printed in any form: nothing of such a run is shown.
 */
export function privacyOf(apart: string[], inputs: PropertyMap, state: PropertyMap): Privacy {
    const hidden = secretsCount([...apart, "environment", "connection"], inputs);
    return { hidden, mask: hidden ? () => "" : maskOf(secretsOfRun(inputs, state)) };
}

/** The state of a resource: its inputs, sealed as they came, and what the run made. */
function sealedOutputs(resource: CommandResource, inputs: PropertyMap, made: PropertyMap): PropertyMap {
    const secret = secretsCount(resource.apart, inputs);
    const outputs = Object.entries(made).map(([name, value]) => [name, secret ? new Secret(value) : value]);
    return { ...inputs, ...Object.fromEntries(outputs) };
}

function unknownOutputs(resource: CommandResource, inputs: PropertyMap): PropertyMap {
    const names = Object.entries(resource.made).filter(([, given]) => given === null || inputs[given] !== undefined);
    return sealedOutputs(resource, inputs, Object.fromEntries(names.map(([name]) => [name, unknown])));
}

function inputsOf(resource: CommandResource, outputs: PropertyMap): PropertyMap {
    return Object.fromEntries(Object.entries(outputs).filter(([name]) => resource.inputs[name] !== undefined));
}
