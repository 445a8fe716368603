import { basename } from "node:path";
import { UserError } from "../../../support/errors.ts";
import { nearestOf } from "../../../support/nearest.ts";
import { createProgress } from "../../../support/progress.ts";
import { askingOf } from "../../images/ask.ts";
import { type Checked, checkPins } from "../../images/check.ts";
import { chosenOf, imagesOfStack, type StackImage, settingName } from "../../images/of-stack.ts";
import { type Pinned, pinImages } from "../../images/pin.ts";
import { target } from "../../stack/session.ts";
import { columns } from "../columns.ts";
import { exitCodes } from "../exit.ts";
import { printJson } from "../output.ts";
import type { Values } from "../verbs.ts";

export async function main(values: Values, words: string[] = []): Promise<number> {
    const pins = isPin(words);
    const check = values.check === true;
    if (pins && check) {
        throw new UserError(
            "--check is not for pin",
            { what: "it compares, and pin writes: leave one out" },
            exitCodes.usage,
        );
    }
    const text = (name: string) => (typeof values[name] === "string" ? values[name] : undefined);
    const { file, site, lab } = target(values);
    const which = values.settings === undefined ? `--stack ${file.stack}` : `--settings ${text("settings")}`;
    const asking = askingOf(text("mirror"), text("insecure-registry"));
    const images = chosenOf(imagesOfStack(file), text("only"));
    if (lab !== null && (pins || check)) throw notInTheLab(file.stack, pins);
    if (pins) {
        const ask = () => pinImages(file, images, asking);
        const result = await createProgress().step("ask the registries for digests", ask);
        if (values.json)
            printJson({ stack: file.stack, file: file.path, written: result.written, images: result.pinned });
        else process.stdout.write(pinnedText(result, file.path, which));
        return exitCodes.ok;
    }
    const checked = lab === null ? await checkPins(images, asking) : images.map(ofLab);
    if (values.json) printJson({ stack: file.stack, site, file: file.path, images: checked.map(asJson) });
    else process.stdout.write(listText(checked, which));
    return check ? codeOf(checked) : exitCodes.ok;
}

function isPin([word, more]: string[]): boolean {
    if (more !== undefined || (word !== undefined && word !== "pin")) {
        const what =
            more === undefined && nearestOf(word ?? "", ["pin"])
                ? "did you mean pin?"
                : "allowed: pin, or no word at all";
        throw new UserError(
            `m3perf images ${word} ${more ?? ""}`.trim(),
            { what, next: "m3perf help images" },
            exitCodes.usage,
        );
    }
    return word === "pin";
}

function notInTheLab(stack: string, pins: boolean): UserError {
    return new UserError(
        `the images of the stack "${stack}" cannot be ${pins ? "pinned" : "checked"}: its site is the lab`,
        {
            what: "the lab builds its images on this machine and serves them under the official names, each build with a digest of its own",
            why: "an official digest is not in the lab's registry, so the pods would wait for their images; one of the lab's would be gone after its next build",
            next: `take a stack with a site file, as dev-reference is: m3perf images ${pins ? "pin" : "--check"} --stack NAME`,
        },
        exitCodes.usage,
    );
}

const ofLab = (image: StackImage): Checked => ({ ...image, state: image.name.digest ? "lab" : "unpinned" });

/** The exit code of --check: that nothing is pinned is no success. Pure. */
export function codeOf(images: Checked[]): number {
    if (images.some((image) => image.state === "moved" || (image.state === "unknown" && image.wrong)))
        return exitCodes.failed;
    if (images.some(({ state }) => state === "unknown")) return exitCodes.unavailable;
    return images.some(({ state }) => state !== "unpinned") ? exitCodes.ok : exitCodes.failed;
}

/** For a person. Pure. */
export function listText(images: Checked[], which: string): string {
    const rows = images.map((image) => {
        const { written, tag = "–", digest } = image.name;
        return [image.component, written, tag, digest ? shortened(digest) : "–", stateText(image)];
    });
    const pinned = images.filter(({ state }) => state !== "unpinned").length;
    const moved = images.filter(({ state }) => state === "moved").map(({ component }) => component);
    const end = [`${pinned} of ${images.length} pinned by digest.`];
    if (moved.length > 0)
        end.push(
            `To take what the tags name now: m3perf images pin ${which} --only ${moved.join(",")}. To stay: nothing; nodes pull what is pinned.`,
        );
    if (images.some(({ state }) => state === "lab"))
        end.push(
            "The lab builds its images: one that is pinned to an official digest cannot be pulled there (docs/pinning.md).",
        );
    return `${[...columns([["IMAGE", "NAME", "TAG", "DIGEST", "REGISTRY"], ...rows]), ...end].join("\n")}\n`;
}

function stateText(image: Checked): string {
    switch (image.state) {
        case "unpinned":
            return "not asked";
        case "no-tag":
            return "not asked: there is no tag";
        case "lab":
            return "not asked: the lab's own builds";
        case "same":
            return `the same (${image.by}, ${kindText[image.kind]})`;
        case "moved":
            return `MOVED: ${shortened(image.now)} (${image.by}, ${kindText[image.kind]})`;
        case "unknown":
            return `not known: ${image.why}`;
    }
}

/** Enough to tell two apart; the JSON has them whole. */
const shortened = (digest: string) => `${digest.slice(0, 19)}…`;

const kindText = { index: "several platforms", manifest: "one platform" };

/** For a person. Pure. */
export function pinnedText(
    { pinned, without, written }: { pinned: Pinned[]; without: StackImage[]; written: boolean },
    path: string,
    which: string,
): string {
    const changed = pinned.filter(({ before, after }) => before !== after);
    const one = pinned.filter(({ kind }) => kind === "manifest").map(({ component }) => component);
    const lines = [
        ...changed.flatMap(({ component, before, after, by }) => [
            `${component} (${by} says)`,
            `  was ${before}`,
            `  is  ${after}`,
        ]),
        ...without.map(({ component, reference }) => `${component}: ${reference} has no tag, so it stays`),
        ...(one.length > 0 ? [`For one platform only, so nodes of another cannot run it: ${one.join(", ")}`] : []),
        written
            ? `${changed.length} of ${pinned.length + without.length} written into ${settingName} of ${basename(path)}. Pods with another reference are rolled by the next up: m3perf preview ${which}`
            : `Nothing to write: ${basename(path)} has these digests already.`,
    ];
    return `${lines.join("\n")}\n`;
}

/** A line of the JSON. */
function asJson({ name, component, reference, ...of }: Checked) {
    const { tag = null, digest = null, written } = name;
    return { component, reference, image: written, tag, digest, ...of };
}
