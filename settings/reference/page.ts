import { siteSchema } from "../site-file.ts";
import { stackSchema } from "../stack-file.ts";
import { type JsonSchema, jsonSchemaOf } from "./json-schema.ts";

/** One setting of the reference page. */
export interface Row {
    /** "keys[].url": from its section on. */
    path: string;
    /** What it takes. */
    takes: string;
    /** JSON of its default, "required", or nothing. */
    standard: string;
    description: string;
}

/** docs/settings-reference.md. */
export function referencePage(): string {
    return `${[
        "# Settings, one by one",
        "Made of the schemas by `npm run generate`; edit the `.describe()` texts in `settings/`, not this page. What the settings are for, and what cannot be changed later: [settings.md](settings.md).",
        "A dot leads into a group of settings, `[]` into each entry of a list, `<name>` into each entry of a map. A default of `–` means that the setting is absent unless told.",
        "## Pulumi.&lt;stack&gt;.yaml: `config`",
        ...sections(jsonSchemaOf(stackSchema), "m3perf:"),
        "## The site file",
        ...sections(jsonSchemaOf(siteSchema), ""),
    ].join("\n\n")}\n`;
}

/** A section for each group of settings, after one for those that stand alone. */
function sections(schema: JsonSchema, prefix: string): string[] {
    const { properties = {}, required = [] } = schema;
    const groups = Object.entries(properties).filter(([, one]) => isGroup(one));
    const alone = Object.entries(properties).filter(([, one]) => !isGroup(one));
    return [
        table(alone.flatMap(([name, one]) => rowsOf(`${prefix}${name}`, one, required.includes(name)))),
        ...groups.flatMap(([name, one]) => [
            `### \`${prefix}${name}\``,
            `${one.description ?? ""}${required.includes(name) ? " Required." : ""}`,
            table(inside("", one)),
        ]),
    ];
}

const isGroup = ({ properties }: JsonSchema) => properties !== undefined;

function rowsOf(path: string, schema: JsonSchema, required: boolean): Row[] {
    const { description = "" } = schema;
    const standard =
        schema.default === undefined ? (required ? "required" : "–") : code(JSON.stringify(schema.default));
    return [
        { path, takes: takes(schema), standard: isGroup(schema) && !required ? "" : standard, description },
        ...inside(path, schema),
    ];
}

/** The settings inside a setting: of a group, of a list's or map's entries, of each kind. */
function inside(path: string, schema: JsonSchema): Row[] {
    const { properties = {}, required = [], items, additionalProperties } = schema;
    const own = Object.entries(properties).flatMap(([name, one]) =>
        rowsOf(path === "" ? name : `${path}.${name}`, one, required.includes(name)),
    );
    const values = typeof additionalProperties === "object" ? inside(`${path}.<name>`, additionalProperties) : [];
    const kinds = optionsOf(schema).flatMap((option) => ofKind(option, inside(path, option)));
    return [...own, ...(items ? inside(`${path}[]`, items) : []), ...values, ...kinds];
}

/** Rows that hold for one kind only say for which. */
function ofKind({ properties = {} }: JsonSchema, rows: Row[]): Row[] {
    const kind = Object.values(properties).find((one) => one.const !== undefined)?.const;
    if (kind === undefined) return rows;
    return rows.map((row) =>
        row.takes === code(JSON.stringify(kind)) ? row : { ...row, description: `With ${kind}: ${row.description}` },
    );
}

const optionsOf = ({ anyOf, oneOf }: JsonSchema) => anyOf ?? oneOf ?? [];

/** What a setting takes, in words. */
function takes(schema: JsonSchema): string {
    if (schema.secret) return "secret text";
    if (schema.const !== undefined) return code(JSON.stringify(schema.const));
    if (schema.enum) return schema.enum.map((value) => code(JSON.stringify(value))).join(", ");
    const options = optionsOf(schema);
    if (options.length > 0) return options.every(isGroup) ? "one of the kinds below" : options.map(takes).join(", or ");
    if (schema.type === "boolean") return "true or false";
    if (schema.type === "integer" || schema.type === "number") return numeric(schema);
    if (schema.type === "array") return `list${of(schema.items)}`;
    if (schema.type === "object") return isGroup(schema) ? "group" : `map${of(values(schema))}`;
    return schema.type === "string" ? text(schema) : "anything";
}

const values = ({ additionalProperties }: JsonSchema) =>
    typeof additionalProperties === "object" ? additionalProperties : undefined;

const of = (entry: JsonSchema | undefined) => (entry === undefined || isGroup(entry) ? "" : ` of ${takes(entry)}`);

function numeric({ type, minimum, maximum, exclusiveMinimum }: JsonSchema): string {
    const kind = type === "integer" ? "whole number" : "number";
    if (exclusiveMinimum !== undefined) return `${kind}, more than ${exclusiveMinimum}`;
    if (minimum !== undefined && maximum !== undefined) return `${kind}, ${minimum} to ${maximum}`;
    return minimum === undefined ? kind : `${kind}, at least ${minimum}`;
}

function text({ title, examples = [], pattern }: JsonSchema): string {
    if (title) return [title, ...examples.map((one) => code(JSON.stringify(one)))].join(" ");
    return pattern && pattern !== "\\S" ? `text ${code(pattern)}` : "text";
}

const code = (value: string) => `\`${value}\``;

function table(rows: Row[]): string {
    const lines = rows.map(({ path, ...rest }) => [code(path), rest.takes, rest.standard, rest.description].map(cell));
    return [["setting", "takes", "default", "what it is"], ["---", "---", "---", "---"], ...lines]
        .map((cells) => `| ${cells.join(" | ")} |`)
        .join("\n");
}

/** A pipe ends a cell, even inside code. */
const cell = (value: string) => value.replaceAll("|", "\\|").replaceAll("\n", " ");
