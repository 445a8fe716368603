/**
 * operations/report: what a run left behind, as a page and in short. `loadRun` reads a run's folder, `writeReport` writes report.html and
 * report.md into it; compare/ puts the runs of two scenarios or settings side by side.
 */
import { readdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, UserError } from "../../support/errors.ts";
import { exitCodes } from "../cli/exit.ts";
import { runFiles } from "../scenarios/types.ts";
import { runMarkdown } from "./markdown.ts";
import { type LoadedRun, loadRun } from "./read.ts";
import { runPage } from "./sections/page.ts";

export interface Written {
    html: string;
    markdown: string;
}

/** Writes report.html and report.md into the run's folder and returns their paths. Throws UserError. */
export async function writeReport(folder: string): Promise<Written> {
    return await writeLoaded(await loadRun(folder));
}

export async function writeLoaded(run: LoadedRun): Promise<Written> {
    const { folder } = run;
    const written = { html: join(folder, runFiles.html), markdown: join(folder, runFiles.markdown) };
    const there = new Set([...(await readdir(folder)), runFiles.markdown]);
    await writeWhole(written.html, runPage(run, there));
    await writeWhole(written.markdown, runMarkdown(run));
    return written;
}

/** Never half a page, should it end meanwhile. Throws UserError. */
export async function writeWhole(file: string, text: string): Promise<void> {
    try {
        await writeFile(`${file}.new`, text);
        await rename(`${file}.new`, file);
    } catch (error) {
        throw new UserError("the report cannot be written", { what: file, why: messageOf(error) }, exitCodes.failed);
    }
}
