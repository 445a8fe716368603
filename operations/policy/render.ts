import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { UserError } from "../../support/errors.ts";
import { userPath } from "../../support/paths.ts";
import { exitCodes } from "../cli/exit.ts";
import type { PreviewDocument } from "../review/objects.ts";
import { openLane, toolsEnvironment } from "../review/render.ts";
import { settingsForReview, treeOfWorkingTree } from "../review/trees.ts";

/** What a stack would deploy, from nothing and with no cluster, as the working tree has it. Throws UserError. */
export async function renderStack(
    project: string,
    stack: { name: string; text: string },
    say: (line: string) => void,
): Promise<PreviewDocument> {
    const folder = await mkdtemp(join(tmpdir(), "m3perf-policy-"));
    try {
        const tree = await treeOfWorkingTree(project, join(folder, "tree"));
        const lane = await openLane(join(folder, "lane"), await toolsEnvironment(say));
        const told = await lane.document(tree.folder, settingsForReview(stack.text));
        if (!("failed" in told)) return told;
        throw new UserError(
            `the stack ${stack.name} cannot be previewed`,
            { what: told.failed, next: `m3perf preview --stack ${stack.name}` },
            exitCodes.failed,
        );
    } finally {
        await rm(folder, { recursive: true, force: true });
    }
}

/** What a file holds as JSON, a `pulumi preview --json` that was kept; "-": standard input, whatever it is. Throws UserError. */
export async function readPreview(file: string): Promise<unknown> {
    try {
        // Not /dev/stdin, which cannot be opened where it is a socket.
        return JSON.parse(file === "-" ? await text(process.stdin) : await readFile(userPath(file), "utf8"));
    } catch (error) {
        const what = error instanceof SyntaxError ? "it is no JSON" : (error as Error).message;
        const next = "pulumi preview --json --stack NAME > FILE";
        throw new UserError(`--file ${file} cannot be read`, { what, next }, exitCodes.usage);
    }
}
