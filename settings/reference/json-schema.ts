import * as z from "zod";
import { siteSchema } from "../site-file.ts";
import { stackSchema } from "../stack-file.ts";

/** A JSON Schema as far as we write and read one. */
export interface JsonSchema {
    type?: string;
    title?: string;
    description?: string;
    default?: unknown;
    examples?: unknown[];
    enum?: unknown[];
    const?: unknown;
    pattern?: string;
    /** What editors (vscode-json-languageservice, yaml-language-server) say in place of the pattern. */
    patternErrorMessage?: string;
    minimum?: number;
    maximum?: number;
    exclusiveMinimum?: number;
    minItems?: number;
    properties?: Record<string, JsonSchema>;
    required?: string[];
    items?: JsonSchema;
    additionalProperties?: boolean | JsonSchema;
    propertyNames?: JsonSchema;
    patternProperties?: Record<string, false>;
    anyOf?: JsonSchema[];
    oneOf?: JsonSchema[];
    /** Ours: the value is one of Pulumi's secrets. */
    secret?: boolean;
    $schema?: string;
}

/** What editors check a site file with. */
export function siteJsonSchema(): JsonSchema {
    return {
        ...jsonSchemaOf(siteSchema),
        title: "m3perf: site file",
        description: "Where: the cluster, its nodes, the Prometheus that is there.",
    };
}

/** What editors check Pulumi.<stack>.yaml with: our own keys in full; what is Pulumi's or of another project is let be. */
export function stackJsonSchema(): JsonSchema {
    const { properties = {}, $schema = "" } = jsonSchemaOf(stackSchema);
    const own = Object.entries(properties).map(([key, schema]): [string, JsonSchema] => [
        `m3perf:${key}`,
        encrypted(schema),
    ]);
    const unknown = `^m3perf:(?!(${Object.keys(properties).join("|")})$)`;
    const config: JsonSchema = {
        type: "object",
        description: "The stack's settings: the difference from the defaults.",
        properties: Object.fromEntries(own),
        patternProperties: { [unknown]: false },
    };
    return {
        $schema,
        title: "m3perf: Pulumi.<stack>.yaml",
        type: "object",
        properties: { config },
        required: ["config"],
    };
}

/** Draft 7 is what YAML's language server knows best. */
export function jsonSchemaOf(schema: z.ZodType): JsonSchema {
    return z.toJSONSchema(schema, {
        io: "input",
        target: "draft-7",
        override: ({ zodSchema, jsonSchema }) => {
            simplify(jsonSchema as JsonSchema);
            explain(zodSchema, jsonSchema as JsonSchema);
        },
    }) as JsonSchema;
}

/** Takes away what says nothing to a person: empty defaults of groups, bounds of a double, unions of single values. */
function simplify(schema: JsonSchema): void {
    if (JSON.stringify(schema.default) === "{}" && schema.properties) delete schema.default;
    if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
    if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
    const values = schema.anyOf?.map((option) => option.const);
    if (values?.every((value) => value !== undefined)) {
        schema.enum = values;
        delete schema.anyOf;
    }
}

/** Beside a pattern stands what our own check says of a text that is nothing at all. */
function explain(schema: z.core.$ZodType, json: JsonSchema): void {
    if (json.pattern === undefined || schema._zod.def.type !== "string") return;
    const message = z.safeParse(schema, "").error?.issues[0]?.message;
    if (message) json.patternErrorMessage = message;
}

/** A secret stands in the file as Pulumi has encrypted it, never as a text. */
function encrypted(schema: JsonSchema): JsonSchema {
    if (!schema.secret) return schema;
    const { description } = schema;
    return {
        ...(description === undefined ? {} : { description }),
        title: "secret of Pulumi",
        type: "object",
        properties: { secure: { type: "string", description: "As `pulumi config set --secret` has written it." } },
        required: ["secure"],
        additionalProperties: false,
    };
}
