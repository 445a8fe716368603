/** The entry of bin/m3perf. Kept light: a verb's module, and everything heavy with it, is imported when that verb runs. */
import { UserError } from "../../support/errors.ts";
import { exitCodes } from "./exit.ts";
import { runCli } from "./run.ts";

// `m3perf verify | head`: a reader that has seen enough is no fault.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(exitCodes.ok);
    throw error;
});

try {
    process.exitCode = await runCli(process.argv.slice(2));
} catch (error) {
    if (error instanceof UserError) {
        console.error(error.message);
        process.exitCode = error.exitCode;
    } else {
        console.error(error);
        console.error("This is a fault of m3perf itself; the lines above tell where.");
        process.exitCode = exitCodes.internal;
    }
}
