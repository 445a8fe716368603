import { basename, extname } from "node:path";
import { messageOf, UserError } from "../../../support/errors.ts";
import { exitCodes } from "../../cli/exit.ts";
import type { Sample } from "../sample.ts";
import { csvHeading, csvLines } from "./csv.ts";
import { RotatingFile, type Rotation } from "./rotating.ts";

/** Where samples are kept. */
export interface SampleLog {
    write(sample: Sample): void;
    /** For the screen: where they go, or why they do not. */
    state(): string;
    close(): void;
}

/** Formats by a file's extension. */
export const logFormats = [".jsonl", ".csv"];

/** Opens a log in each of the files. Throws UserError when one of them cannot be written. */
export function openLog(paths: string[], rotation: Rotation): SampleLog {
    const files = paths.map((path) => {
        const csv = extname(path) === ".csv";
        try {
            return { path, csv, file: new RotatingFile(path, rotation, csv ? csvHeading : undefined) };
        } catch (error) {
            throw new UserError(
                "the log cannot be written",
                { what: path, why: messageOf(error), next: "name another file with --log" },
                exitCodes.usage,
            );
        }
    });
    let written = 0;
    let fault: string | undefined;
    return {
        write(sample) {
            fault = undefined;
            for (const { path, csv, file } of files) {
                try {
                    file.write(csv ? csvLines(sample) : [JSON.stringify(sample)]);
                } catch (error) {
                    // A full disk must not end the look at a cluster: the screen says so, and the next sample is tried again.
                    fault = `log ${basename(path)}: ${messageOf(error)}`;
                }
            }
            if (fault === undefined) written += 1;
        },
        state: () => fault ?? `log ${files.map(({ path }) => basename(path)).join(", ")}: ${written} samples`,
        close: () => {
            for (const { file } of files) file.close();
        },
    };
}
