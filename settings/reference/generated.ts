import { siteJsonSchema, stackJsonSchema } from "./json-schema.ts";
import { referencePage } from "./page.ts";

const json = (value: object) => `${JSON.stringify(value, null, 2)}\n`;

/** The files that are made of the schemas, by their path in the project. A test holds the committed ones against these. */
export const generated = (): Record<string, string> => ({
    "schemas/stack.schema.json": json(stackJsonSchema()),
    "schemas/site.schema.json": json(siteJsonSchema()),
    "docs/settings-reference.md": referencePage(),
});
