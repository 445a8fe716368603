import { existsSync, globSync, readFileSync } from "node:fs";
import { cp, mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isMap, parse, parseDocument, visit } from "yaml";
import { filesOfCommit, filesOfWorkingTree } from "./git.ts";
import { type StackSite, siteFile } from "./touched.ts";

/**
 * Both sides of a change as folders in which the program can be previewed: copies, so that the clone stays as it is and no cluster
 * and no secret of this machine comes into play.
 */

export interface Tree {
    folder: string;
    stacks: StackSite[];
}

/** The commit, unpacked. It is previewed with the packages of the working tree. */
export async function treeOfCommit(project: string, commit: string, folder: string): Promise<Tree> {
    await mkdir(folder, { recursive: true });
    await filesOfCommit(project, commit, folder);
    return finished(project, folder);
}

export async function treeOfWorkingTree(project: string, folder: string): Promise<Tree> {
    for (const path of await filesOfWorkingTree(project)) {
        const from = join(project, path);
        // What is deleted but not yet staged is still listed.
        if (!existsSync(from)) continue;
        await mkdir(dirname(join(folder, path)), { recursive: true });
        await cp(from, join(folder, path), { verbatimSymlinks: true });
    }
    return finished(project, folder);
}

async function finished(project: string, folder: string): Promise<Tree> {
    // Where the clone's is a link, git may have it among the files.
    await rm(join(folder, "node_modules"), { recursive: true, force: true });
    await symlink(join(project, "node_modules"), join(folder, "node_modules"));
    const stacks = stacksIn(folder);
    for (const site of new Set(stacks.map((one) => siteFile(one.site)))) {
        const path = join(folder, site);
        if (existsSync(path)) await writeFile(path, withoutCluster(await readFile(path, "utf8")));
    }
    return { folder, stacks };
}

/** A stack file that cannot be read is one whose preview will say why. */
export function stacksIn(folder: string): StackSite[] {
    return globSync("Pulumi.*.yaml", { cwd: folder })
        .sort()
        .map((file) => ({
            stack: file.slice("Pulumi.".length, -".yaml".length),
            site: siteOf(readFileSync(join(folder, file), "utf8")),
        }));
}

function siteOf(text: string): string {
    try {
        return String((parse(text) as { config?: Record<string, unknown> })?.config?.["m3perf:site"] ?? "lab");
    } catch {
        return "lab";
    }
}

/** A site file without the way to its cluster. Pure. */
export function withoutCluster(text: string): string {
    const document = parseDocument(text);
    if (document.errors.length > 0 || !isMap(document.contents)) return text;
    document.delete("kubeconfig");
    document.delete("context");
    return document.toString();
}

/** What stands for a secret of a stack: its value is not needed to see what the program declares. */
export const placeholder = "a-secret-of-the-stack";

/** A stack's settings for such a preview: the committed lab for a running one, no secret, no key of a backend. Pure. */
export function settingsForReview(text: string): string {
    const document = parseDocument(text);
    if (document.errors.length > 0 || !isMap(document.contents)) return text;
    for (const key of ["encryptionsalt", "encryptedkey", "secretsprovider"]) document.delete(key);
    visit(document, {
        Map: (_, node) =>
            node.items.length === 1 && node.has("secure") ? document.createNode(placeholder) : undefined,
    });
    const site = document.getIn(["config", "m3perf:site"]);
    if (typeof site === "string" || site === undefined)
        document.setIn(["config", "m3perf:site"], siteFile(typeof site === "string" ? site : "lab"));
    return document.toString();
}
