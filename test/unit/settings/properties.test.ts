import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { parse, stringify } from "yaml";
import { loadSettings, type Settings } from "../../../settings/index.ts";
import { UserError } from "../../../support/errors.ts";
import { projectRoot } from "../../../support/paths.ts";
import { broken, fitting, type Schema } from "../../support/arbitrary.ts";

const schemaOf = (name: string): Schema =>
    JSON.parse(readFileSync(join(projectRoot, `schemas/${name}.schema.json`), "utf8"));
/** The settings of a stack file, without the prefix that they have in it. */
const stackSchema = (() => {
    const config = schemaOf("stack").properties?.config ?? assert.fail();
    const own = Object.entries(config.properties ?? {}).filter(([name]) => name.startsWith("m3perf:"));
    const without = own.map(([name, schema]) => [name.slice("m3perf:".length), schema] as const);
    return { type: "object", properties: Object.fromEntries(without) } satisfies Schema;
})();

/** The same values each time, so that a change that breaks nothing fails nothing; others: M3PERF_SEED=7 M3PERF_RUNS=5000. */
const seed = Number(process.env.M3PERF_SEED ?? 20261128);
const runs = Number(process.env.M3PERF_RUNS ?? 300);

/** Words of zod, of JavaScript and of stack traces: none of them is for people. */
const notForPeople = /\b(Invalid input|expected|Unrecognized|undefined|NaN|\[object|TypeError|RangeError)\b|\n\s+at /;

/** As Pulumi keeps a stack's configuration: texts, JSON for what is not one. */
const asConfig = (settings: object) =>
    Object.fromEntries(
        Object.entries(settings).map(([name, value]) => [
            `m3perf:${name}`,
            typeof value === "string" ? value : (JSON.stringify(value) ?? "null"),
        ]),
    );

describe("settings: whatever they are", function () {
    this.timeout(120_000);
    let folder: string;
    before(() => {
        folder = mkdtempSync(join(tmpdir(), "m3perf-any-"));
    });
    after(() => rmSync(folder, { recursive: true }));

    /** Settings, or an error that names each place; anything else fails. */
    function outcome(config: Record<string, string>): Settings | UserError {
        try {
            return loadSettings({ config, stackFile: "Pulumi.any.yaml" });
        } catch (error) {
            assert.ok(error instanceof UserError, error instanceof Error ? error.stack : String(error));
            assert.equal(error.exitCode, 78);
            const lines = error.message.split("\n").slice(1);
            assert.ok(lines.length > 0, error.message);
            const said = error.problems.map(({ what }) =>
                what.replace(/ = .*? (?=(is|must|has|are|names|cannot)\b)/s, " = … "),
            );
            for (const text of said) assert.doesNotMatch(text.slice(0, 400), notForPeople);
            return error;
        }
    }

    it("what fits the schema of a stack is taken, or refused by a rule with its place", () => {
        let taken = 0;
        const property = fc.property(fitting(stackSchema), (settings) => {
            const found = outcome(asConfig({ ...(settings as object), site: "sites/reference.yaml" }));
            if (!(found instanceof UserError)) taken += 1;
        });
        fc.assert(property, { numRuns: runs, seed });
        const few = fc.property(fc.nat(40), fitting(stackSchema), (which, settings) => {
            const all = Object.entries(settings as object);
            const [one] = all.slice(which % (all.length || 1));
            const found = outcome(asConfig({ site: "sites/reference.yaml", ...(one ? { [one[0]]: one[1] } : {}) }));
            if (!(found instanceof UserError)) taken += 1;
        });
        fc.assert(few, { numRuns: runs, seed });
        assert.ok(taken > runs / 15, `only ${taken} were taken: this test shows little`);
    });

    it("what does not is refused with its place, and never ends in anything else", () => {
        const property = fc.property(broken(fitting(stackSchema)), (settings) => {
            if (typeof settings !== "object" || settings === null) return;
            outcome(asConfig({ site: "sites/reference.yaml", ...settings }));
        });
        fc.assert(property, { numRuns: 2 * runs, seed });
    });

    it("nor does a kubeconfig", () => {
        const site = join(folder, "with-kubeconfig.yaml");
        const kubeconfig = join(folder, "kubeconfig");
        const reference = parse(readFileSync(join(projectRoot, "sites/reference.yaml"), "utf8"));
        writeFileSync(site, stringify({ ...reference, kubeconfig }));
        const one = { name: "a", cluster: { server: "https://192.0.2.1", "certificate-authority": "ca" } };
        const right = {
            "current-context": "a",
            clusters: [one],
            users: [{ name: "a", user: { token: "secret-of-the-kubeconfig" } }],
            contexts: [{ name: "a", context: { cluster: "a", user: "a" } }],
        };
        const property = fc.property(fc.oneof(broken(fc.constant(right)).map(stringify), fc.string()), (text) => {
            writeFileSync(kubeconfig, text);
            const found = outcome({ "m3perf:site": site });
            if (found instanceof UserError) assert.doesNotMatch(found.message, /secret-of-the-kubeconfig/);
        });
        fc.assert(property, { numRuns: runs, seed });
    });

    it("nor does a site file, whatever is in it", () => {
        const file = join(folder, "site.yaml");
        const real = fc.constant(parse(readFileSync(join(projectRoot, "sites/reference.yaml"), "utf8")));
        const sites = fc.oneof(broken(real), fitting(schemaOf("site")), broken(fitting(schemaOf("site"))));
        const property = fc.property(sites, (site) => {
            writeFileSync(file, stringify(site));
            outcome({ "m3perf:site": file });
        });
        fc.assert(property, { numRuns: runs, seed });
        const text = fc.property(fc.oneof(fc.string(), fc.string({ unit: "binary" })), (any) => {
            writeFileSync(file, any);
            outcome({ "m3perf:site": file });
        });
        fc.assert(text, { numRuns: runs, seed });
    });
});
