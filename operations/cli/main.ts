/** The entry of bin/m3perf. Kept light: a verb's module, and everything heavy with it, is imported when that verb runs. */
import { failureOf } from "./failure.ts";
import { outliveReaders } from "./readers.ts";
import { runCli } from "./run.ts";

outliveReaders();
try {
    process.exitCode = await runCli(process.argv.slice(2));
} catch (error) {
    const { text, code } = failureOf(error);
    console.error(text);
    process.exitCode = code;
}
