import assert from "node:assert/strict";
import fc from "fast-check";
import { exitCodes } from "../../../operations/cli/exit.ts";
import { parseOptions, runCli } from "../../../operations/cli/run.ts";
import { type Verb, verbs } from "../../../operations/cli/verbs.ts";
import { UserError } from "../../../support/errors.ts";
import { oddTexts } from "../../support/arbitrary.ts";

/** The same each time; others: M3PERF_SEED=7 M3PERF_RUNS=5000. */
const seed = Number(process.env.M3PERF_SEED ?? 20261128);
const numRuns = Number(process.env.M3PERF_RUNS ?? 300);

/** A word that the verb takes. */
const firstWord: Record<string, string> = {
    scenario: "dev",
    etcd: "status",
    diagnose: "etcd-corrupt",
    logs: "dbnode",
    rebuild: "m3-cluster-rep0-0",
    images: "pin",
};

/** For people: no trace, no type's name. */
function forPeople(error: unknown, ...codes: number[]): void {
    assert.ok(error instanceof UserError, error instanceof Error ? error.stack : String(error));
    assert.ok(codes.includes(error.exitCode), `exit code ${error.exitCode}: ${error.message}`);
    assert.doesNotMatch(error.message, /\n\s+at |TypeError|\[object|ERR_[A-Z]/);
}

describe("the command line, misused", function () {
    this.timeout(60_000);
    const own = Object.entries(verbs).filter(([, verb]) => verb.passThrough !== true) as [string, Verb][];

    it("takes any words, or says what is wrong with them", () => {
        const words = (verb: Verb) => {
            const options = Object.keys(verb.options).map((name) => `--${name}`);
            return fc.array(
                fc.oneof(
                    fc.constantFrom(...options, ...oddTexts, "--", "-s", "-x", "---"),
                    fc.tuple(fc.constantFrom(...options), fc.constantFrom(...oddTexts)).map((pair) => pair.join("=")),
                    fc.string(),
                ),
                { maxLength: 6 },
            );
        };
        const any = fc
            .constantFrom(...own)
            .chain(([name, verb]) => fc.tuple(fc.constant([name, verb] as const), words(verb)));
        const property = fc.property(any, ([[name, verb], given]) => {
            try {
                parseOptions(name, verb, given);
            } catch (error) {
                forPeople(error, exitCodes.usage);
            }
        });
        fc.assert(property, { numRuns, seed });
    });

    it("refuses an option that no verb has, and a word that is too many, by each verb", async () => {
        for (const [name, verb] of own) {
            await assert.rejects(runCli([name, "--no-such-option"]), (error) => {
                forPeople(error, exitCodes.usage);
                return true;
            });
            if (verb.argument !== undefined) continue;
            await assert.rejects(runCli([name, "one-too-many"]), (error) => {
                forPeople(error, exitCodes.usage);
                return true;
            });
        }
    });

    for (const [name, verb] of own.filter(([, { options }]) => "stack" in options)) {
        it(`${name}: a stack that is not there, or is a path, a command or a template, is refused before anything is done`, async () => {
            const argument = verb.argument === undefined ? [] : [name === "scenario" ? "dev" : "x"];
            for (const odd of oddTexts.filter((text) => text !== "" && !text.startsWith("-"))) {
                await assert.rejects(
                    () => runCli([name, ...argument, "--stack", odd]),
                    (error) => {
                        forPeople(error, exitCodes.usage, exitCodes.unavailable, 78);
                        return true;
                    },
                );
            }
        });
    }

    for (const [name, verb] of own.filter(([name, { options }]) => "site" in options && name !== "read-back")) {
        it(`${name}: a site file that is not there is the command line's fault, and named`, async () => {
            const argument = verb.argument === undefined ? [] : [firstWord[name] ?? "x"];
            await assert.rejects(
                () => runCli([name, ...argument, "--site", "nowhere.yaml"]),
                (error) => {
                    forPeople(error, exitCodes.usage);
                    assert.match(String(error), /no site file .*nowhere\.yaml\n {2}--site nowhere\.yaml/);
                    return true;
                },
            );
        });
    }
});
