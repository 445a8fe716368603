import { createReadStream, existsSync } from "node:fs";
import { extname } from "node:path";
import { createInterface } from "node:readline";
import { UserError } from "../../../support/errors.ts";
import { exitCodes } from "../../cli/exit.ts";
import { type Sample, sampleVersion } from "../sample.ts";
import { filesOf } from "./rotating.ts";

/** What a log holds, beside its samples. */
export interface ReadState {
    samples: number;
    /** Lines that are no sample: the cut end of a run that was killed, or another's. */
    broken: number;
}

/** The samples of a log of JSON lines, its closed files first. Throws UserError where it is none, or of a version that we do not know. */
export async function* readLog(path: string, state: ReadState = { samples: 0, broken: 0 }): AsyncGenerator<Sample> {
    const wrong = (what: string, next: string) =>
        new UserError("this log cannot be read", { what: `${path}: ${what}`, next }, exitCodes.usage);
    if (extname(path) === ".csv") throw wrong("CSV is for other programs", "name the log of JSON lines (.jsonl)");
    if (!existsSync(path)) throw wrong("no such file", "name a log that m3perf watch --log has written");
    for (const file of filesOf(path)) {
        for await (const line of createInterface({
            input: createReadStream(file, "utf8"),
            crlfDelay: Number.POSITIVE_INFINITY,
        })) {
            if (line.trim() === "") continue;
            const sample = sampleFrom(line);
            if (sample === undefined) {
                state.broken += 1;
                continue;
            }
            if (sample.v !== sampleVersion) {
                throw wrong(
                    `written by another version (${sample.v}; this m3perf knows ${sampleVersion})`,
                    "use the m3perf that wrote it",
                );
            }
            state.samples += 1;
            yield sample;
        }
    }
    if (state.samples === 0) throw wrong("it holds no sample", "name a log that m3perf watch --log has written");
}

function sampleFrom(line: string): Sample | undefined {
    try {
        const value = JSON.parse(line) as Partial<Sample> | null;
        const whole =
            typeof value === "object" && value !== null && typeof value.v === "number" && typeof value.at === "number";
        return whole ? (value as Sample) : undefined;
    } catch {
        return undefined;
    }
}
