/** The images that a stack's settings name, m3perf's own where they name none; read from the file alone, without Pulumi and site. */
import { basename } from "node:path";
import { images as usual } from "../../settings/images.ts";
import { describeProblems, problemsOf } from "../../settings/problems.ts";
import { imagesSchema } from "../../settings/schema/images.ts";
import { ownKeys } from "../../settings/stack-file.ts";
import { UserError } from "../../support/errors.ts";
import { nearestOf } from "../../support/nearest.ts";
import { exitCodes } from "../cli/exit.ts";
import { sourceOf } from "../doctor/settings.ts";
import type { StackFile } from "../stack/settings.ts";
import { type ImageName, imageName } from "./name.ts";

export type Component = keyof typeof usual;

export interface StackImage {
    /** Its key in m3perf:images. */
    component: Component;
    /** The reference as it is deployed. */
    reference: string;
    name: ImageName;
}

export const settingName = "m3perf:images";

/** Throws UserError: wrong settings, images that are secrets. */
export function imagesOfStack({ path, text }: Pick<StackFile, "path" | "text">): StackImage[] {
    const { config, unread } = sourceOf(text);
    const written = ownKeys(config).images;
    const problems = problemsOf(imagesSchema, written, settingName);
    const secret = unread.find((key) => key === settingName || key.startsWith(`${settingName}.`));
    if (problems.length > 0 || secret !== undefined) {
        const what =
            secret === undefined ? describeProblems(problems) : [`${secret} is a secret: an image's name is none`];
        throw new UserError(
            `the images in ${basename(path)} are not as they should be`,
            what.map((one) => ({ what: one })),
            exitCodes.settings,
        );
    }
    const images = imagesSchema.parse(written);
    // In the order of settings/images.ts, whatever the file's is.
    return (Object.keys(usual) as Component[]).map((component) => {
        const reference = images[component];
        return { component, reference, name: imageName(reference) };
    });
}

/** Those that `--only` names. Throws UserError. */
export function chosenOf(images: StackImage[], only: string | undefined): StackImage[] {
    if (only === undefined) return images;
    const known: string[] = images.map(({ component }) => component);
    const wanted = only.split(",").map((word) => word.trim());
    const odd = wanted.find((word) => !known.includes(word));
    if (odd !== undefined) {
        const near = nearestOf(odd, known);
        const what = near ? `did you mean ${near}?` : `allowed: ${known.join(", ")}`;
        throw new UserError(`--only ${odd || '""'} is no image of m3perf:images`, { what }, exitCodes.usage);
    }
    return images.filter(({ component }) => wanted.includes(component));
}
