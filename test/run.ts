/**
 * run.ts [--full] [SUITE ...]: the tests. A suite is a folder of test/; a folder of it (contract/m3) or a file may be named, too.
 * `npm test` runs them all; `--full` (npm run test:full) adds the files named *.full.test.ts. Ends with "N passed, N failed".
 */
import { globSync, readdirSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { relative, resolve } from "node:path";
import Mocha from "mocha";
import { projectRoot } from "../support/paths.ts";
import { prepareTools } from "./support/binaries.ts";
import { mochaHooks } from "./support/rejections.ts";
import { type Counts, sideBySide, summary, total } from "./support/side-by-side.ts";

const suites = ["project", "unit", "preview", "contract", "lab", "browser", "vm", "e2e"];
/** They bring up labs, which have the machine for themselves. */
const alone = ["lab", "vm", "e2e"];
const full = process.argv.includes("--full");
const named = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));

const ofProject = (file: string) => relative(projectRoot, resolve(projectRoot, file));
const isUnit = (file: string) => ofProject(file).startsWith("test/unit/");

/** The files of a suite or of a folder of it, or the one file that is named. */
function filesOf(name: string): string[] {
    if (statSync(name, { throwIfNoEntry: false })?.isFile()) return [name];
    const known = suites.includes(name.split("/")[0] ?? "");
    const files = known ? globSync(`test/${name}/**/*.test.ts`, { cwd: projectRoot }).sort() : [];
    if (files.length === 0 && !suites.includes(name)) {
        console.error(`no suite, folder of one, or file "${name}"; suites are: ${suites.join(", ")}`);
        process.exit(64);
    }
    return files.filter((file) => full || !file.endsWith(".full.test.ts"));
}

/**
 * Runs files to their end, with their own root hooks: what they share among them ends with it. Unit tests share nothing: a file a
 * processor, and one more, since some of them wait.
 */
async function run(files: string[]): Promise<Counts> {
    const color = process.stdout.isTTY === true;
    const parallel = files.length > 1 && files.every(isUnit);
    const jobs = availableParallelism() + 1;
    const mocha = new Mocha({
        reporter: "spec",
        timeout: 30_000,
        slow: 10_000,
        forbidOnly: true,
        color,
        parallel,
        jobs,
        // Processes of their own load the hooks for themselves.
        ...(parallel ? { require: [resolve(projectRoot, "test/support/rejections.ts")] } : { rootHooks: mochaHooks }),
    });
    for (const file of files) mocha.addFile(resolve(projectRoot, file));
    if (!parallel) await mocha.loadFilesAsync(); // else the processes that run them load them
    return await new Promise((done) => {
        const runner = mocha.run((failed) => {
            const { passes = 0, pending = 0 } = runner.stats ?? {};
            done({ passed: passes, failed, skipped: pending });
        });
    });
}

/** Contract tests wait more than they work: folder by folder, the longest first, the others beside them. */
function parts(): string[] {
    const longest = ["program", "kubernetes", "operator"];
    const others = readdirSync(resolve(projectRoot, "test/contract")).filter((name) => !longest.includes(name));
    const whole = suites.filter((name) => name !== "contract" && !alone.includes(name));
    return [...[...longest, ...others].map((name) => `contract/${name}`), ...whole];
}

const chosen = (named.length > 0 ? named : alone).map(filesOf);
// Only these run without anything but the npm packages (and, for browser, what it installs itself).
const bare = (file: string) => /^test\/(project|unit|browser)\//.test(ofProject(file));
if (named.length === 0 || !chosen.flat().every(bare)) await prepareTools();

// A test, or what it tests, may end this process.
let complete = false;
process.once("exit", () => {
    if (complete) return;
    console.error("the tests ended before their end");
    process.exitCode = 1;
});

const counts: Counts[] = [];
const command = (part: string) => [resolve(projectRoot, "test/run.ts"), part, ...(full ? ["--full"] : [])];
if (named.length === 0) counts.push(...(await sideBySide(parts(), command)));
for (const files of chosen) counts.push(await run(files));
const sum = total(counts);
console.log(summary(sum));
complete = true;
process.exitCode = sum.failed > 0 || sum.passed === 0 ? 1 : 0;
// A handle that a test forgot must not keep CI waiting; unref: nothing waits for this where there is none.
setTimeout(() => process.exit(), 10_000).unref();
