import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import * as z from "zod";
import { problemsOf, type SettingProblem } from "../../../settings/problems.ts";
import { generated } from "../../../settings/reference/generated.ts";
import {
    type JsonSchema,
    jsonSchemaOf,
    siteJsonSchema,
    stackJsonSchema,
} from "../../../settings/reference/json-schema.ts";
import { siteSchema } from "../../../settings/site-file.ts";
import { stackSchema } from "../../../settings/stack-file.ts";
import { projectRoot } from "../../../support/paths.ts";
import { badScenarios } from "./bad-scenarios.ts";
import { badSites } from "./bad-sites.ts";

/** A place in a schema: how to get there, and an input that leads there with a value. */
interface Place {
    path: string;
    schema: JsonSchema;
    input(value: unknown): unknown;
}

/** All places of a schema, whatever it is made of: each setting, each entry of a list or map, each kind. */
function placesIn(place: Place): Place[] {
    const { path, schema, input } = place;
    const own = Object.entries(schema.properties ?? {}).map(([key, one]) => ({
        path: `${path}.${key}`,
        schema: one,
        input: (value: unknown) => input({ ...discriminator(schema), [key]: value }),
    }));
    const entries = schema.items
        ? [{ path: `${path}[0]`, schema: schema.items, input: (value: unknown) => input([value]) }]
        : [];
    const named =
        typeof schema.additionalProperties === "object"
            ? [
                  {
                      path: `${path}.any`,
                      schema: schema.additionalProperties,
                      input: (value: unknown) => input({ any: value }),
                  },
              ]
            : [];
    const kinds = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].map((one) => ({ path, schema: one, input }));
    return [place, ...[...own, ...entries, ...named, ...kinds].flatMap(placesIn)];
}

/** The key that tells a kind from others, where there is one. */
function discriminator({ properties = {} }: JsonSchema): Record<string, unknown> {
    return Object.fromEntries(
        Object.entries(properties).flatMap(([key, one]) => (one.const === undefined ? [] : [[key, one.const]])),
    );
}

const roots = [
    { name: "Pulumi.<stack>.yaml", schema: stackSchema },
    { name: "site file", schema: siteSchema },
];

for (const { name, schema } of roots) {
    describe(`settings: the schema of a ${name}`, function () {
        this.timeout(120_000); // hundreds of parses: a second alone, half a minute on a machine that others keep busy
        const places = placesIn({ path: "", schema: jsonSchemaOf(schema), input: (value) => value });
        const problems = (input: unknown) => problemsOf(schema, input, "");

        it("has every setting with a description", () => {
            const silent = places
                .flatMap(({ path, schema: { properties = {} } }) =>
                    Object.entries(properties).map(([key, one]) => ({ path: `${path}.${key}`, one })),
                )
                .filter(({ one }) => !/\w.*\.$/.test(one.description ?? ""))
                .map(({ path }) => path);
            assert.deepEqual(silent, [], "settings without a sentence in .describe()");
            assert.ok(places.length > 40, `the walk found ${places.length} places`);
        });

        it("says in our words what is allowed, whatever is written in a place", () => {
            const zods =
                /Invalid|expected|received|Unrecognized|Too (small|big)|undefined|something else|is not allowed/;
            const said: SettingProblem[] = [];
            for (const { input } of places) {
                for (const value of [null, 1, -1.5, "", "?? ?", true, [], [null], {}, { "?": 1 }])
                    said.push(...problems(input(value)));
            }
            for (const { path, reason } of said) assert.doesNotMatch(reason, zods, path);
            assert.ok(said.length > places.length);
        });

        it("names the nearest key for a mistyped one, in every group, list, map and kind", () => {
            let tried = 0;
            for (const { path, schema: group, input } of places) {
                for (const key of Object.keys(group.properties ?? {})) {
                    const mistyped = `${key}X`;
                    const told = problems(input({ ...discriminator(group), [mistyped]: "x" }));
                    const own = told.find((one) => one.path.endsWith(mistyped));
                    assert.match(
                        own?.reason ?? "",
                        new RegExp(`did you mean ${key}\\?`),
                        `${path}.${mistyped}: ${JSON.stringify(told)}`,
                    );
                    tried += 1;
                }
            }
            assert.ok(tried > 30);
        });
    });
}

describe("settings: what is made of the schemas", () => {
    for (const [path, text] of Object.entries(generated())) {
        it(`${path} is what \`npm run generate\` makes`, () => {
            assert.equal(readFileSync(join(projectRoot, path), "utf8"), text, "run npm run generate and commit it");
        });
    }

    it("is named by the first line of the settings files, for editors", () => {
        for (const file of ["Pulumi.dev.yaml", "sites/reference.yaml", "sites/lab.yaml"]) {
            const [, path = ""] =
                /^# yaml-language-server: \$schema=(\S+)\n/.exec(readFileSync(join(projectRoot, file), "utf8")) ?? [];
            assert.ok(existsSync(join(projectRoot, dirname(file), path)) && path !== "", file);
        }
    });

    /** The JSON Schema read back as an editor does; cast: zod's type of it is narrower than draft 7. */
    const editor = (schema: JsonSchema) => z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
    const yaml = (path: string): Record<string, unknown> => parse(readFileSync(join(projectRoot, path), "utf8"));

    it("takes the settings files that we have, and other projects' keys", () => {
        for (const file of ["sites/reference.yaml", "sites/lab.yaml"]) editor(siteJsonSchema()).parse(yaml(file));
        editor(stackJsonSchema()).parse(yaml("Pulumi.dev.yaml"));
        const secret = { "m3perf:sshPrivateKey": { secure: "v1:abc" }, "other:key": { any: "thing" } };
        editor(stackJsonSchema()).parse({ config: secret, encryptionsalt: "v1:abc" });
    });

    it("refuses what the program refuses, but for rules between settings and what no pattern can tell", () => {
        const stack = editor(stackJsonSchema());
        const beyondPatterns = ["4096", "0", "8Ei", "0.1Gi", "9999999h"];
        const missed = badScenarios
            .filter(
                ([, config, , value]) =>
                    problemsOf(stackSchema, config, "").length > 0 && !beyondPatterns.includes(value as string),
            )
            .filter(([, config]) => {
                const keys = Object.entries(config).map(([key, value]) => [`m3perf:${key}`, value]);
                return stack.safeParse({ config: Object.fromEntries(keys) }).success;
            })
            .map(([what]) => what);
        assert.deepEqual(missed, []);
        assert.ok(!stack.safeParse({ config: { "m3perf:sshPrivateKey": "open" } }).success);
        const site = editor(siteJsonSchema());
        const reference = yaml("sites/reference.yaml");
        const flat = badSites.filter(([, change]) => Object.keys(change).every((key) => !key.includes(".")));
        const wrong = flat.filter(([, change]) => problemsOf(siteSchema, { ...reference, ...change }, "").length > 0);
        assert.ok(wrong.length > 10);
        const passed = wrong.filter(([, change]) => site.safeParse({ ...reference, ...change }).success);
        assert.deepEqual(
            passed.map(([what]) => what),
            ["a repository of no size"],
        );
    });
});
