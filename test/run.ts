/**
 * run.ts [--full] [SUITE ...]: the tests, suite after suite; each suite is a folder of test/. Ends with "N passed, N failed".
 * `npm test` runs them all; `--full` (npm run test:full) adds the files named *.full.test.ts.
 */
import { existsSync, globSync } from "node:fs";
import { relative, resolve } from "node:path";
import Mocha from "mocha";
import { projectRoot } from "../support/paths.ts";
import { prepareTools } from "./support/binaries.ts";

const suites = ["project", "unit", "preview", "contract", "lab", "browser", "vm", "e2e"];
const full = process.argv.includes("--full");
const named = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));

/** The files of a suite, or the one file that is named. */
function filesOf(name: string): string[] {
    if (!suites.includes(name)) {
        if (existsSync(name)) return [name];
        console.error(`no suite or file "${name}"; there are: ${suites.join(", ")}`);
        process.exit(64);
    }
    return globSync(`test/${name}/**/*.test.ts`, { cwd: projectRoot })
        .filter((file) => full || !file.endsWith(".full.test.ts"))
        .sort();
}

/** Runs one suite to its end, with its own root hooks: what it shares among its files ends with it. */
async function runSuite(files: string[]): Promise<Required<Pick<Mocha.Stats, "passes" | "failures" | "pending">>> {
    const color = process.stdout.isTTY === true;
    const mocha = new Mocha({ reporter: "spec", timeout: 30_000, slow: 10_000, forbidOnly: true, color });
    for (const file of files) mocha.addFile(resolve(projectRoot, file));
    await mocha.loadFilesAsync();
    return await new Promise((done) => {
        const runner = mocha.run((failures) => {
            const { passes = 0, pending = 0 } = runner.stats ?? {};
            done({ passes, pending, failures });
        });
    });
}

const chosen = (named.length > 0 ? named : suites).map(filesOf);
// Only these run without anything but the npm packages (and, for browser, what it installs itself).
const bare = (file: string) => /^test\/(project|unit|browser)\//.test(relative(projectRoot, resolve(file)));
if (!chosen.flat().every(bare)) await prepareTools();

const total = { passes: 0, failures: 0, pending: 0 };
for (const files of chosen) {
    const { passes, failures, pending } = await runSuite(files);
    total.passes += passes;
    total.failures += failures;
    total.pending += pending;
}
const skipped = total.pending > 0 ? `, ${total.pending} skipped` : "";
console.log(`${total.passes} passed, ${total.failures} failed${skipped}`);
process.exitCode = total.failures > 0 || total.passes === 0 ? 1 : 0;
// A handle that a test forgot must not keep CI waiting; unref: nothing waits for this where there is none.
setTimeout(() => process.exit(), 10_000).unref();
