/** Holds a value against the openAPIV3Schema of a CustomResourceDefinition, field by field; "path: what" for each that does not fit. */
export interface Schema {
    type?: string;
    properties?: Record<string, Schema>;
    required?: string[];
    items?: Schema;
    additionalProperties?: Schema | boolean;
    pattern?: string;
    enum?: unknown[];
    minLength?: number;
    minimum?: number;
    "x-kubernetes-int-or-string"?: boolean;
    "x-kubernetes-preserve-unknown-fields"?: boolean;
}

export function misfits(value: unknown, schema: Schema, path: string): string[] {
    if (schema["x-kubernetes-int-or-string"]) return [];
    const type = Array.isArray(value) ? "array" : Number.isInteger(value) ? "integer" : typeof value;
    if (schema.type !== type && !(schema.type === "number" && type === "integer")) {
        return [`${path}: is ${type}, must be ${schema.type}`];
    }
    if (Array.isArray(value)) {
        return value.flatMap((item, index) => misfits(item, schema.items ?? {}, `${path}[${index}]`));
    }
    if (typeof value === "object" && value !== null)
        return fieldMisfits(value as Record<string, unknown>, schema, path);
    return [
        ...(schema.enum && !schema.enum.includes(value) ? [`${path}: ${value} is none of ${schema.enum.join()}`] : []),
        ...(schema.pattern && !new RegExp(schema.pattern).test(String(value))
            ? [`${path}: ${value} is not ${schema.pattern}`]
            : []),
        ...(schema.minLength && String(value).length < schema.minLength ? [`${path}: is too short`] : []),
        ...(schema.minimum !== undefined && Number(value) < schema.minimum
            ? [`${path}: is below ${schema.minimum}`]
            : []),
    ];
}

function fieldMisfits(object: Record<string, unknown>, schema: Schema, path: string): string[] {
    const { properties = {}, additionalProperties, required = [] } = schema;
    const open = schema["x-kubernetes-preserve-unknown-fields"] === true;
    const missing = required.filter((key) => object[key] === undefined).map((key) => `${path}.${key}: is missing`);
    const fields = Object.entries(object).flatMap(([key, value]) => {
        const known = properties[key] ?? (typeof additionalProperties === "object" ? additionalProperties : undefined);
        if (known) return misfits(value, known, `${path}.${key}`);
        return open ? [] : [`${path}.${key}: is not known`];
    });
    return [...missing, ...fields];
}
