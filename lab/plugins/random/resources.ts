/**
 * The resources of @pulumi/random as data: inputs with their defaults, what makes them and what an import id holds. State
 * keys and ids are the official plugin's (pulumi-random, provider/testdata/recorded: gRPC of every resource).
 */

import { randomBytes, randomUUID } from "node:crypto";
import { genSaltSync, hashSync } from "bcryptjs";
import { type PropertyMap, type PropertyValue, Secret } from "../shared/index.ts";
import { drawn, idForms, petName, randomText, type StringRules, securePick, seededPick, uuid7 } from "./generate.ts";

export type InputKind = "integer" | "text" | "flag" | "map" | "list";

export interface InputRule {
    kind: InputKind;
    required?: boolean;
    /** What the plugin works with, and writes into the state, when the input is absent. */
    default?: PropertyValue;
    /** Another name of the same input. */
    aliasOf?: string;
}

export interface Made {
    id: string;
    /** Outputs beside the inputs. */
    outputs: PropertyMap;
}

export interface RandomResource {
    inputs: Record<string, InputRule>;
    /** Outputs that are not known before the resource is made. */
    made: string[];
    /** Among them, those that are secret. */
    secrets?: string[];
    /** True where the official plugin writes the id among the outputs as well. */
    idOutput?: boolean;
    schemaVersion?: number;
    /** What is wrong with the inputs, by input. Called with defaults filled in and types checked. */
    rules?(inputs: PropertyMap): { property: string; reason: string }[];
    make(inputs: PropertyMap): Made;
    /** The inputs and outputs that an import id stands for; absent: cannot be imported. Throws for a malformed id. */
    imported?(id: string): Made & { inputs: PropertyMap };
    importForm?: string;
}

const keepers: InputRule = { kind: "map" };
const count = (least: number): InputRule => ({ kind: "integer", default: least });

const textInputs: Record<string, InputRule> = {
    length: { kind: "integer", required: true },
    keepers,
    lower: { kind: "flag", default: true },
    upper: { kind: "flag", default: true },
    numeric: { kind: "flag", default: true },
    number: { kind: "flag", default: true, aliasOf: "numeric" },
    special: { kind: "flag", default: true },
    minLower: count(0),
    minUpper: count(0),
    minNumeric: count(0),
    minSpecial: count(0),
    overrideSpecial: { kind: "text" },
};

function textRules(inputs: PropertyMap): { property: string; reason: string }[] {
    const rules = stringRules(inputs);
    const wanted = rules.minLower + rules.minUpper + rules.minNumeric + rules.minSpecial;
    if (rules.length < 1) return [{ property: "length", reason: `must be at least 1, is ${rules.length}` }];
    const negative = ["minLower", "minUpper", "minNumeric", "minSpecial"].filter((name) => Number(inputs[name]) < 0);
    if (negative.length > 0) return negative.map((property) => ({ property, reason: "must not be negative" }));
    if (wanted > rules.length) {
        const sum = "minUpper + minLower + minNumeric + minSpecial";
        return [{ property: "length", reason: `is ${rules.length}, must be at least ${wanted} (${sum})` }];
    }
    if (wanted < rules.length && !rules.lower && !rules.upper && !rules.numeric && !rules.special) {
        return [
            { property: "length", reason: "no kind of character is allowed: set lower, upper, numeric or special" },
        ];
    }
    return [];
}

function stringRules(inputs: PropertyMap): StringRules {
    return inputs as unknown as StringRules; // checked against textInputs before
}

/** "$2a$10$<salt><hash>", as the official plugin's library writes it; takes about 0.1 s. */
const bcrypt = (password: string) => hashSync(password, genSaltSync(10).replace("$2b$", "$2a$"));

const passwordOutputs = (result: string): PropertyMap => ({
    result: new Secret(result),
    bcryptHash: new Secret(bcrypt(result)),
});

const uuid = (version: RegExp, make: () => string): RandomResource => ({
    inputs: { keepers },
    made: ["result"],
    idOutput: true,
    make: () => {
        const result = make();
        return { id: result, outputs: { result } };
    },
    importForm: "the UUID",
    imported(id) {
        if (!version.test(id)) throw new Error(`"${id}" is not a UUID of the right version`);
        return { id, inputs: {}, outputs: { result: id } };
    },
});

const bytesForms = (bytes: Buffer): Made => ({
    // The official id is the value itself, which is not sealed in the state: prefer RandomPassword for secrets.
    id: bytes.toString("base64"),
    outputs: { base64: new Secret(bytes.toString("base64")), hex: new Secret(bytes.toString("hex")) },
});

export const resources: Record<string, RandomResource> = {
    "random:index/randomId:RandomId": {
        inputs: { byteLength: { kind: "integer", required: true }, prefix: { kind: "text" }, keepers },
        made: ["b64Std", "b64Url", "dec", "hex"],
        idOutput: true,
        rules: ({ byteLength }) =>
            Number(byteLength) < 1 ? [{ property: "byteLength", reason: `must be at least 1, is ${byteLength}` }] : [],
        make({ byteLength, prefix }) {
            const bytes = randomBytes(Number(byteLength));
            return { id: bytes.toString("base64url"), outputs: idForms(bytes, String(prefix ?? "")) };
        },
        importForm: "[prefix,]base64url, the bytes without the prefix",
        imported(id) {
            const at = id.lastIndexOf(",");
            const text = id.slice(at + 1);
            const bytes = Buffer.from(text, "base64url");
            if (bytes.length === 0 || bytes.toString("base64url") !== text)
                throw new Error(`"${text}" is not base64url`);
            const prefix = at >= 0 ? id.slice(0, at) : undefined;
            const inputs: PropertyMap = { byteLength: bytes.length, ...(prefix === undefined ? {} : { prefix }) };
            return { id: text, inputs, outputs: { ...idForms(bytes, prefix ?? "") } };
        },
    },
    "random:index/randomPassword:RandomPassword": {
        inputs: textInputs,
        made: ["result", "bcryptHash"],
        secrets: ["result", "bcryptHash"],
        idOutput: true,
        schemaVersion: 3,
        rules: textRules,
        make: (inputs) => ({ id: "none", outputs: passwordOutputs(randomText(stringRules(inputs))) }),
        importForm: "the password",
        imported: (id) => ({ id: "none", inputs: { length: [...id].length }, outputs: passwordOutputs(id) }),
    },
    "random:index/randomString:RandomString": {
        inputs: textInputs,
        made: ["result"],
        idOutput: true,
        schemaVersion: 2,
        rules: textRules,
        make(inputs) {
            const result = randomText(stringRules(inputs));
            return { id: result, outputs: { result } };
        },
        importForm: "the string",
        imported: (id) => ({ id, inputs: { length: [...id].length }, outputs: { result: id } }),
    },
    "random:index/randomPet:RandomPet": {
        inputs: {
            length: { kind: "integer", default: 2 },
            separator: { kind: "text", default: "-" },
            prefix: { kind: "text" },
            keepers,
        },
        made: [],
        idOutput: true,
        rules: ({ length }) =>
            Number(length) < 1 ? [{ property: "length", reason: `must be at least 1, is ${length}` }] : [],
        make({ length, separator, prefix }) {
            const name = petName(Number(length), String(separator));
            return { id: typeof prefix === "string" ? `${prefix}${separator}${name}` : name, outputs: {} };
        },
    },
    "random:index/randomInteger:RandomInteger": {
        inputs: {
            min: { kind: "integer", required: true },
            max: { kind: "integer", required: true },
            seed: { kind: "text" },
            keepers,
        },
        made: ["result"],
        idOutput: true,
        rules({ min, max }) {
            const range = Number(max) - Number(min);
            if (range < 0) return [{ property: "min", reason: `is ${min}, must not be greater than max (${max})` }];
            // Node's randomInt draws from fewer than 2^48 numbers.
            return range >= 2 ** 48 - 1 ? [{ property: "max", reason: "max - min must be below 2^48 - 1" }] : [];
        },
        make({ min, max, seed }) {
            const pick = typeof seed === "string" && seed !== "" ? seededPick(seed) : securePick;
            const result = Number(min) + pick(Number(max) - Number(min) + 1);
            return { id: String(result), outputs: { result } };
        },
        importForm: "result,min,max[,seed]",
        imported(id) {
            const [result, min, max, seed] = id.split(",");
            const numbers = [result, min, max].map(Number);
            if (max === undefined || !numbers.every(Number.isInteger))
                throw new Error(`"${id}" is not "result,min,max[,seed]"`);
            const inputs: PropertyMap = { min: Number(min), max: Number(max), ...(seed === undefined ? {} : { seed }) };
            return { id: String(result), inputs, outputs: { result: Number(result) } };
        },
    },
    "random:index/randomShuffle:RandomShuffle": {
        inputs: {
            inputs: { kind: "list", required: true },
            resultCount: { kind: "integer" },
            seed: { kind: "text" },
            keepers,
        },
        made: ["results"],
        idOutput: true,
        rules: ({ resultCount }) =>
            Number(resultCount ?? 0) < 0 ? [{ property: "resultCount", reason: "must not be negative" }] : [],
        make({ inputs, resultCount, seed }) {
            const list = inputs as PropertyValue[];
            const pick = typeof seed === "string" && seed !== "" ? seededPick(seed) : securePick;
            return { id: "-", outputs: { results: drawn(list, Number(resultCount ?? list.length), pick) } };
        },
    },
    "random:index/randomUuid:RandomUuid": uuid(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, randomUUID),
    "random:index/randomUuid4:RandomUuid4": uuid(
        /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i,
        randomUUID,
    ),
    "random:index/randomUuid7:RandomUuid7": uuid(
        /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i,
        () => uuid7(),
    ),
    "random:index/randomBytes:RandomBytes": {
        inputs: { length: { kind: "integer", required: true }, keepers },
        made: ["base64", "hex"],
        secrets: ["base64", "hex"],
        rules: ({ length }) =>
            Number(length) < 1 ? [{ property: "length", reason: `must be at least 1, is ${length}` }] : [],
        make: ({ length }) => bytesForms(randomBytes(Number(length))),
        importForm: "the bytes in base64",
        imported(id) {
            const bytes = Buffer.from(id, "base64");
            if (bytes.length === 0 || bytes.toString("base64") !== id) throw new Error("the import id is not base64");
            return { ...bytesForms(bytes), inputs: { length: bytes.length } };
        },
    },
};
