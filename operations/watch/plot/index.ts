import { writeFile } from "node:fs/promises";
import { messageOf, UserError } from "../../../support/errors.ts";
import { exitCodes } from "../../cli/exit.ts";
import { readLog } from "../log/read.ts";
import { panelsOf } from "./panels.ts";
import { svgOf } from "./svg.ts";
import { type Drawn, emptyDrawn, withSample } from "./traces.ts";

/** Draws a log of JSON lines as one SVG file. Throws UserError. */
export async function plotLog(file: string, out: string): Promise<{ samples: number; broken: number }> {
    const read = { samples: 0, broken: 0 };
    const drawn: Drawn = emptyDrawn();
    for await (const sample of readLog(file, read)) withSample(drawn, sample);
    try {
        await writeFile(out, svgOf(panelsOf(drawn), drawn));
    } catch (error) {
        throw new UserError("the plot cannot be written", { what: out, why: messageOf(error) }, exitCodes.usage);
    }
    return read;
}
