import { type Document, type ParseOptions, Scalar, type SchemaOptions, type Tags } from "yaml";

/**
 * YAML whose plain numbers are texts. Prometheus reads label values, passwords and parameters as texts, so 007 and 7 are two values; as numbers
 * others' 01 would be written back as 1, 12345678901234567890 as another number, 0042 as another password. Pure.
 */
export const asTexts: ParseOptions & SchemaOptions = {
    customTags: (tags: Tags) => tags.filter((tag) => typeof tag === "string" || !/:(int|float)$/.test(tag.tag)),
};

/** A value of ours for such a document: its numbers as they are written, its texts with quotes where they would look like numbers. */
export const nodeIn = (document: Document, value: unknown) => document.createNode(written(value));

function written(value: unknown): unknown {
    if (typeof value === "number") return new Scalar(String(value));
    if (typeof value === "string") return text(value);
    if (Array.isArray(value)) return value.map(written);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, written(inner)]));
}

/** Numbers of YAML 1.1 and 1.2, which other readers of the file have. */
const number = /^[-+]?(0[xob][\da-f_]+|[\d_]*\.?[\d_]+(e[-+]?\d+)?|[\d_]+\.|\.inf|\.nan|[\d_]+(:[0-5]?\d)+)$/i;

function text(value: string): Scalar<string> {
    const scalar = new Scalar(value);
    if (number.test(value)) scalar.type = Scalar.QUOTE_DOUBLE;
    return scalar;
}
