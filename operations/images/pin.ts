/** Asks for the digest of every image's tag and writes them into the stack's settings: all of them, or none. */
import { basename } from "node:path";
import { type Problem, UserError } from "../../support/errors.ts";
import { exitCodes } from "../cli/exit.ts";
import type { StackFile } from "../stack/settings.ts";
import { type Asking, askDigest, type Told } from "./ask.ts";
import { withImages } from "./edit.ts";
import { pinnedTo } from "./name.ts";
import { type StackImage, settingName } from "./of-stack.ts";
import { RegistryError } from "./registry-error.ts";
import { writeBack } from "./write-back.ts";

export interface Pinned extends Pick<StackImage, "component"> {
    before: string;
    after: string;
    kind: Told["kind"];
    by: string;
}

/** What came of it; `without` are images by digest alone, which have no tag to ask for. Throws UserError, with nothing written. */
export async function pinImages(
    file: Pick<StackFile, "path" | "text">,
    images: StackImage[],
    asking: Asking,
): Promise<{ pinned: Pinned[]; without: StackImage[]; written: boolean }> {
    const without = images.filter(({ name }) => name.tag === undefined);
    const answers = await Promise.all(
        images.filter(({ name }) => name.tag !== undefined).map((image) => answerFor(image, asking)),
    );
    const failed = answers.flatMap((answer) => ("error" in answer ? [answer] : []));
    if (failed.length > 0) throw refusal(failed, images.length);
    const pinned = answers.flatMap((answer) => ("error" in answer ? [] : [answer]));
    const changed = pinned.filter(({ before, after }) => before !== after);
    if (changed.length === 0) return { pinned, without, written: false };
    const references = Object.fromEntries(changed.map(({ component, after }) => [component, after]));
    const text = withImages(file.text, references);
    if (text === undefined) throw notEdited(file.path, references);
    await writeBack(file.path, file.text, text);
    return { pinned, without, written: true };
}

type Failed = { image: StackImage; error: RegistryError };

async function answerFor(image: StackImage, asking: Asking): Promise<Pinned | Failed> {
    const { component, reference, name } = image;
    try {
        const { digest, kind, by } = await askDigest(name, asking);
        return { component, before: reference, after: pinnedTo(name, digest), kind, by };
    } catch (error) {
        if (error instanceof RegistryError) return { image, error };
        throw error;
    }
}

function refusal(failed: Failed[], all: number): UserError {
    const problems = failed.map(({ image, error }): Problem => {
        const { message, next } = error;
        return { what: `${image.component}, ${image.reference}: ${message}`, ...(next ? { next } : {}) };
    });
    const title = `the digests of ${failed.length} of ${all} images could not be had, so nothing was written`;
    const code = failed.some(({ error }) => error.trouble === "wrong") ? exitCodes.failed : exitCodes.unavailable;
    return new UserError(title, problems, code);
}

function notEdited(path: string, references: Record<string, string>): UserError {
    const lines = Object.entries(references).map(([component, reference]) => `${component}: ${reference}`);
    return new UserError(
        `${settingName} in ${basename(path)} is written in a way that m3perf does not edit`,
        {
            what: "an alias, a block of text or JSON stands where a map of names is edited; nothing was written",
            next: `write this under ${settingName} yourself:\n      ${lines.join("\n      ")}`,
        },
        exitCodes.failed,
    );
}
