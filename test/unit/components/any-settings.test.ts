import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { loadSettings } from "../../../settings/index.ts";
import { UserError } from "../../../support/errors.ts";
import { projectRoot } from "../../../support/paths.ts";
import { fitting, type Schema } from "../../support/arbitrary.ts";
import { runWithMocks } from "../../support/pulumi-mocks.ts";

const seed = Number(process.env.M3PERF_SEED ?? 20261128);
const wanted = Number(process.env.M3PERF_RUNS ?? 24);

/** Settings that are taken, each of up to three groups with whatever fits in them. */
function taken(): Record<string, string>[] {
    const whole: Schema = JSON.parse(readFileSync(join(projectRoot, "schemas/stack.schema.json"), "utf8"));
    const groups = Object.entries(whole.properties?.config?.properties ?? {}).filter(
        ([name]) => name.startsWith("m3perf:") && !/:(site|sshPrivateKey|hosts|kernel)$/.test(name),
    );
    const group = fc.constantFrom(...groups).chain(([name, of]) => fc.tuple(fc.constant(name), fitting(of)));
    const settings = fc.array(group, { minLength: 1, maxLength: 3 }).map((all) => ({
        "m3perf:site": "test/unit/components/site.yaml",
        ...Object.fromEntries(
            all.map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)]),
        ),
    }));
    const found: Record<string, string>[] = [];
    for (const config of fc.sample(settings, { numRuns: 40 * wanted, seed })) {
        if (found.length === wanted) break;
        try {
            loadSettings({ config, stackFile: "Pulumi.any.yaml" });
            found.push(config);
        } catch (error) {
            assert.ok(error instanceof UserError, String(error));
        }
    }
    return found;
}

describe("the program, with any settings that are taken", function () {
    this.timeout(120_000);

    // The program's warnings, of settings that nobody means.
    const { warn } = console;
    before(() => {
        console.warn = () => {};
    });
    after(() => {
        console.warn = warn;
    });

    it("registers its resources, and fails with none", async () => {
        const all = taken();
        assert.equal(all.length, wanted);
        for (const [index, config] of all.entries()) {
            const program = `../../../index.ts?any=${index}`;
            const told = JSON.stringify(config);
            const { resources } = await runWithMocks(
                config,
                () => import(program),
                (name, inputs) => {
                    const metadata = (inputs.metadata ?? {}) as Record<string, unknown>;
                    return { ...inputs, metadata: { name: `${name}-0a1b2c3d`, generation: 7, ...metadata } };
                },
            ).catch((error) => assert.fail(`${error.stack}\n${told}`));
            assert.ok(resources.size > 30, `${resources.size} resources with ${told}`);
            const text = JSON.stringify([...resources.values()].map(({ inputs }) => inputs));
            assert.doesNotMatch(text, /"(undefined|NaN|\[object Object\])"|undefined(Mi|m)\b|NaN(Mi|m)?\b/, told);
        }
    });
});
