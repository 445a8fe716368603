import { UserError } from "../../../support/errors.ts";
import { projectRoot } from "../../../support/paths.ts";
import { createProgress } from "../../../support/progress.ts";
import { changesOnCluster } from "../../review/cluster.ts";
import { markdownOf } from "../../review/markdown.ts";
import { type Review, reviewChange } from "../../review/review.ts";
import { textOf } from "../../review/text.ts";
import { readStackFile } from "../../stack/settings.ts";
import { exitCodes } from "../exit.ts";
import { printJson } from "../output.ts";
import type { Values } from "../verbs.ts";

/** `m3perf preview --changed`: every stack that the change since a base touches. */
export async function main(values: Values): Promise<number> {
    for (const option of ["settings", "site"].filter((name) => values[name] !== undefined)) {
        const what = "every stack is compared by its own file and site, as both sides have them";
        throw new UserError(
            `--${option} does not go with --changed`,
            { what, next: `leave --${option} out` },
            exitCodes.usage,
        );
    }
    const text = (name: string) => (typeof values[name] === "string" ? values[name] : undefined);
    const only = text("stack");
    if (only !== undefined) readStackFile(only); // throws, naming the stacks there are
    const base = text("base");
    const progress = createProgress();
    const { say } = progress;
    const review = await progress.step("compare with the base", () =>
        reviewChange({
            ...{ project: projectRoot, say },
            ...(base === undefined ? {} : { base }),
            ...(only === undefined ? {} : { only }),
        }),
    );
    // One after the other: each works on a backend of somebody's.
    for (const one of review.stacks) {
        if (one.status === "gone" || one.failed !== undefined) continue;
        const cluster = await changesOnCluster(one.stack, text("lab"));
        if (cluster !== undefined) one.cluster = cluster;
    }
    if (values.json) printJson(review);
    else process.stdout.write(values.markdown ? markdownOf(review) : textOf(review));
    return codeOf(review);
}

/** Differences are no failure; settings that stop the program are. */
export function codeOf({ stacks }: Review): number {
    const broken = stacks.some(({ failed, cluster }) => failed !== undefined || (cluster && "failed" in cluster));
    return broken ? exitCodes.failed : exitCodes.ok;
}
