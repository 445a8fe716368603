/** The resources of @pulumi/command: their inputs, and what creating, updating and deleting each means. */
import {
    Archive,
    Asset,
    type CallContext,
    equal,
    hasUnknowns,
    isMap,
    type PropertyMap,
    type PropertyValue,
} from "../shared/index.ts";
import { copyToRemote } from "./copy.ts";
import { type CommandRun, runLocal } from "./local.ts";
import type { Privacy } from "./output.ts";
import { runRemote } from "./remote.ts";

/** One step of a resource's life, without secret marks. */
export interface Step {
    inputs: PropertyMap;
    /** Outputs in the state; empty when the resource is new. */
    state: PropertyMap;
    urn: string;
    privacy: Privacy;
}

export interface CommandResource {
    inputs: Record<string, { required?: boolean; problem?: (value: PropertyValue) => string | undefined }>;
    /** Outputs that a run makes, and the input that must be given for it, if any. */
    made: Record<string, string | null>;
    /** Inputs whose secrecy says nothing about the outputs. */
    apart: string[];
    /** True where the resource's name begins its id. */
    namedId: boolean;
    create(step: Step, context: CallContext): Promise<PropertyMap>;
    update(step: Step, context: CallContext): Promise<PropertyMap>;
    delete(step: Step, context: CallContext): Promise<void>;
}

const text = (value: PropertyValue) => (typeof value === "string" ? undefined : "must be a string");
const texts = (value: PropertyValue) =>
    Array.isArray(value) && value.every((item) => typeof item === "string") ? undefined : "must be a list of strings";
const flag = (value: PropertyValue) => (typeof value === "boolean" ? undefined : "must be true or false");
const list = (value: PropertyValue) => (Array.isArray(value) ? undefined : "must be a list");
const textMap = (value: PropertyValue) =>
    isMap(value) && Object.values(value).every((item) => typeof item === "string")
        ? undefined
        : "must be a map of strings";
const logging = (value: PropertyValue) =>
    ["stdout", "stderr", "stdoutAndStderr", "none"].includes(value as string)
        ? undefined
        : "must be stdout, stderr, stdoutAndStderr or none";
const connection = (value: PropertyValue) => {
    if (!isMap(value)) return "must be a map";
    if (value.proxy !== undefined && value.proxy !== null && (!isMap(value.proxy) || !value.proxy.host)) {
        return "proxy.host is missing";
    }
    return value.host ? undefined : "host is missing";
};
const source = (value: PropertyValue) => {
    if (value instanceof Asset && (value.source.path ?? value.source.text) !== undefined) return undefined;
    if (value instanceof Archive && value.source.path !== undefined) return undefined;
    return "must be a file, a text or a folder (FileAsset, StringAsset or FileArchive)";
};

const commandInputs = {
    create: { problem: text },
    update: { problem: text },
    delete: { problem: text },
    environment: { problem: textMap },
    stdin: { problem: text },
    triggers: { problem: list },
    logging: { problem: logging },
    addPreviousOutputInEnv: { problem: flag },
};

/** Create, update (create again unless there is an update command) and delete of a command that `run` executes. */
function lifeCycle(run: (request: CommandRun, context: CallContext) => Promise<PropertyMap>) {
    const execute = async (command: PropertyValue | undefined, step: Step, context: CallContext) => {
        if (typeof command !== "string") return {};
        return await run({ ...step, command, previous: step.state }, context);
    };
    const empty = { stdout: "", stderr: "" };
    return {
        create: async (step: Step, context: CallContext) => ({
            ...empty,
            ...(await execute(step.inputs.create, step, context)),
        }),
        async update(step: Step, context: CallContext) {
            const { stdout = "", stderr = "", assets, archive } = step.state;
            const kept = { stdout, stderr, ...(assets ? { assets } : {}), ...(archive ? { archive } : {}) };
            return { ...kept, ...(await execute(step.inputs.update ?? step.inputs.create, step, context)) };
        },
        async delete(step: Step, context: CallContext) {
            await execute(step.inputs.delete, step, context);
        },
    };
}

const copyOf = (asset: (inputs: PropertyMap) => PropertyValue) => ({
    made: {},
    apart: ["connection", "triggers"],
    async create(step: Step, context: CallContext) {
        await copyToRemote({ ...step.inputs, source: asset(step.inputs) }, step.urn, context);
        return {};
    },
    async update(step: Step, context: CallContext) {
        const { inputs, state } = step;
        const moved = inputs.remotePath !== state.remotePath || !sameContent(asset(inputs), asset(state));
        if (moved) await copyToRemote({ ...inputs, source: asset(inputs) }, step.urn, context);
        return {};
    },
    async delete() {}, // the copy stays, as with the official plugin
});

/** By hash where the engine has computed one: a file that only moved is the same content. */
function sameContent(a: PropertyValue, b: PropertyValue): boolean {
    const hash = (value: PropertyValue) =>
        value instanceof Asset || value instanceof Archive ? value.hash : undefined;
    return hash(a) !== undefined ? hash(a) === hash(b) : equal(a, b);
}

export const resources: Record<string, CommandResource> = {
    "command:local:Command": {
        inputs: {
            ...commandInputs,
            interpreter: { problem: texts },
            dir: { problem: text },
            assetPaths: { problem: texts },
            archivePaths: { problem: texts },
        },
        made: { stdout: null, stderr: null, assets: "assetPaths", archive: "archivePaths" },
        apart: ["logging"],
        namedId: true,
        ...lifeCycle(runLocal),
    },
    "command:remote:Command": {
        inputs: { ...commandInputs, connection: { required: true, problem: connection } },
        made: { stdout: null, stderr: null },
        apart: ["connection", "logging", "triggers"],
        namedId: true,
        ...lifeCycle(runRemote),
    },
    "command:remote:CopyToRemote": {
        inputs: {
            connection: { required: true, problem: connection },
            source: { required: true, problem: source },
            remotePath: { required: true, problem: text },
            triggers: { problem: list },
        },
        namedId: false,
        ...copyOf((inputs) => inputs.source ?? null),
    },
    // Deprecated; its file is read by path when it is copied.
    "command:remote:CopyFile": {
        inputs: {
            connection: { required: true, problem: connection },
            localPath: { required: true, problem: text },
            remotePath: { required: true, problem: text },
            triggers: { problem: list },
        },
        namedId: false,
        ...copyOf((inputs) => new Asset({ path: String(inputs.localPath) })),
    },
};

/** What is wrong with the inputs, by input; unknown values are taken to be right. */
export function inputProblems(resource: CommandResource, inputs: PropertyMap): { property: string; reason: string }[] {
    const failures: { property: string; reason: string }[] = [];
    for (const [property, { required, problem }] of Object.entries(resource.inputs)) {
        const value = inputs[property];
        if (value === undefined || value === null) {
            if (required) failures.push({ property, reason: `missing required property "${property}"` });
        } else if (!hasUnknowns(value)) {
            const reason = problem?.(value);
            if (reason !== undefined) failures.push({ property, reason });
        }
    }
    for (const property of Object.keys(inputs)) {
        if (resource.inputs[property] || property.startsWith("__")) continue;
        const known = Object.keys(resource.inputs).join(", ");
        failures.push({ property, reason: `is not an input of this resource; there are: ${known}` });
    }
    return failures;
}
