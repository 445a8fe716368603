/** Random values for property tests (fast-check): what fits a JSON schema, and the same with something wrong somewhere in it. */
import fc from "fast-check";

export interface Schema {
    type?: string;
    enum?: unknown[];
    const?: unknown;
    default?: unknown;
    examples?: unknown[];
    oneOf?: Schema[];
    anyOf?: Schema[];
    properties?: Record<string, Schema>;
    required?: string[];
    additionalProperties?: Schema | boolean;
    propertyNames?: Schema;
    items?: Schema;
    minItems?: number;
    minimum?: number;
    maximum?: number;
    exclusiveMinimum?: number;
    pattern?: string;
}

/** Texts of every form that settings have; of each pattern those are taken that match it. */
const texts = [
    ...["1", "2", "0.5", "100m", "250m", "512Mi", "1Gi", "1680Mi", "48h", "96h", "10s", "1m", "30s", "2h", "1h30m"],
    ...["default", "m3db", "eu-1", "a", "metrics-10s_2d", "agg", "cluster", "le", "tenant", "k8s", "x".repeat(63)],
    ...[
        "http://m3coordinator.m3db:7201/api/v1/prom/remote/write",
        "https://example.com/x",
        "__name__:*_total tenant:*",
    ],
    ...["quay.io/m3db/m3dbnode:v1.5.0", "docker.io/library/node:24", "host:5000", "10.0.0.0/24", "10.0.0.1", "/srv/x"],
    ...["GOGC", "75", "lab", "sites/reference.yaml", "2.0", "v1.5.0", "6.1.0-1.el8", "Sum", "reader"],
];

/** What people and attackers type: shells, templates, YAML, other alphabets, nothing at all. */
export const oddTexts = [
    ...[
        "",
        " ",
        "'",
        '"',
        "`id`",
        "$(id)",
        "$" + "{HOME}",
        "; reboot",
        "&& true",
        "a\nb",
        "a\r\nb",
        "\0",
        "\\",
        "{{x}}",
        "%s",
    ],
    ...["../../etc/passwd", "-rf", "--help", "null", "true", "1e400", "0x10", "ä", "名", "🙂", "<b>", "constructor"],
    ...[
        "__proto__",
        "toString",
        "x".repeat(5000),
        "http://user:pass@host/",
        "http://[::1",
        "4294967296",
        "-1",
        "1.5.5",
    ],
];

/** A value that a schema allows, as far as the schema can say it. */
export function fitting(schema: Schema): fc.Arbitrary<unknown> {
    if (schema.const !== undefined) return fc.constant(schema.const);
    if (schema.enum) return fc.constantFrom(...schema.enum);
    const choices = schema.oneOf ?? schema.anyOf;
    if (choices) return fc.oneof(...choices.map(fitting));
    switch (schema.type) {
        case "object":
            return objectOf(schema);
        case "array":
            return fc.array(fitting(schema.items ?? {}), { minLength: schema.minItems ?? 0, maxLength: 3 });
        case "integer":
            return fc.integer({ min: least(schema), max: Math.min(schema.maximum ?? 100_000, 2 ** 31) });
        case "number":
            return fc.integer({ min: least(schema), max: Math.min(schema.maximum ?? 1000, 2 ** 31) });
        case "boolean":
            return fc.boolean();
        case "string":
            return textOf(schema);
        default:
            return fc.constantFrom<unknown>(...texts, 1, true);
    }
}

const least = ({ minimum, exclusiveMinimum }: Schema) => Math.max(minimum ?? (exclusiveMinimum ?? -1) + 1, -(2 ** 31));

function textOf({ pattern, examples = [], default: usual }: Schema): fc.Arbitrary<unknown> {
    const known = [...examples, ...(typeof usual === "string" ? [usual] : [])];
    const matching = pattern === undefined ? texts : texts.filter((text) => new RegExp(pattern).test(text));
    return fc.constantFrom(...known, ...(matching.length + known.length > 0 ? matching : texts));
}

function objectOf({ properties = {}, required = [], additionalProperties, propertyNames }: Schema) {
    const fields = Object.entries(properties).map(([name, of]) => [name, fitting(of)] as const);
    const known = fc.record(Object.fromEntries(fields), { requiredKeys: required });
    if (typeof additionalProperties !== "object") return known;
    const names = propertyNames ? textOf(propertyNames).map(String) : fc.constantFrom("a", "GOGC", "cluster");
    const others = fc.dictionary(names, fitting(additionalProperties), { maxKeys: 3 });
    return fc.tuple(known, others).map(([one, more]) => ({ ...more, ...one }));
}

const junk = fc.oneof(
    fc.constantFrom<unknown>(...oddTexts),
    fc.constantFrom<unknown>(null, true, -1, 0, 1.5, 1e21, -0, [], {}, [[]], { a: { a: {} } }, ["x", 1]),
    fc.jsonValue({ maxDepth: 2 }),
);

/** A value with up to three of its places, anywhere in it, replaced, removed or renamed. */
export const broken = (whole: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
    fc
        .tuple(
            whole,
            fc.array(fc.tuple(fc.array(fc.nat(), { maxLength: 6 }), junk, fc.nat(3)), { minLength: 1, maxLength: 3 }),
        )
        .map(([value, changes]) =>
            changes.reduce<unknown>((now, [path, by, how]) => changed(now, path, by, how), value),
        );

function changed(value: unknown, [step, ...rest]: number[], by: unknown, how: number): unknown {
    if (step === undefined || typeof value !== "object" || value === null) return by;
    const keys = Object.keys(value);
    const key = keys[step % (keys.length || 1)];
    if (key === undefined) return by;
    if (Array.isArray(value))
        return value.map((one, index) => (index === Number(key) ? changed(one, rest, by, how) : one));
    const { [key]: one, ...others } = value as Record<string, unknown>;
    if (rest.length > 0) return { ...others, [key]: changed(one, rest, by, how) };
    if (how === 0) return others;
    return how === 1 ? { ...others, [`${key}x`]: one } : { ...others, [key]: by };
}
