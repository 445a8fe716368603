import { mkdtemp, readFile, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import type { ClusterChanges } from "./cluster.ts";
import { type Difference, differencesOf } from "./differences.ts";
import { type Change, changeSince } from "./git.ts";
import { openLane, type Rendered, toolsEnvironment } from "./render.ts";
import { ofProgram, type Touched, touchedStacks } from "./touched.ts";
import { settingsForReview, stacksIn, type Tree, treeOfCommit, treeOfWorkingTree } from "./trees.ts";

/** What a change of files means for each stack that it touches. */

export interface StackReview extends Touched {
    /** Of what the program declares; undefined where this side could not be previewed. */
    differences?: Difference[];
    /** Objects that this side declares. */
    objects?: number;
    /** Warnings that the base did not have. */
    warnings: string[];
    /** Why this side, or the base, could not be previewed. */
    failed?: string;
    baseFailed?: string;
    /** What `up` would change where the stack stands; absent: it stands nowhere that this machine knows. */
    cluster?: ClusterChanges;
}

export interface Review {
    base: string;
    commit: string;
    files: number;
    stacks: StackReview[];
    /** What the comparison could not take into account. */
    notes: string[];
}

export interface ReviewOptions {
    /** The clone. */
    project: string;
    base?: string;
    /** Only this stack. */
    only?: string;
    /** With pulumi on its PATH; the machine's own, or else the lab's, unless told. */
    tools?: NodeJS.ProcessEnv;
    say(line: string): void;
}

export async function reviewChange({ project, base, only, tools, say }: ReviewOptions): Promise<Review> {
    const change = await changeSince(project, base);
    const folder = await mkdtemp(join(tmpdir(), "m3perf-changed-"));
    try {
        const before = await treeOfCommit(project, change.commit, join(folder, "base"));
        // Cheaper than a copy, which most changes do not need.
        const touched = touchedStacks(change.paths, before.stacks, stacksIn(project)).filter(
            ({ stack }) => only === undefined || stack === only,
        );
        const review: Review = {
            base: change.base,
            commit: change.commit,
            files: change.paths.length,
            stacks: [],
            notes: notesOn(change),
        };
        if (touched.length === 0) return review;
        say(`${touched.length} stacks are touched: each is previewed as it was and as it is`);
        const after = await treeOfWorkingTree(project, join(folder, "head"));
        const render = renderer(folder, tools ?? (await toolsEnvironment(say)));
        review.stacks = await Promise.all(touched.map((one) => reviewStack(one, before, after, render)));
        return review;
    } finally {
        await rm(folder, { recursive: true, force: true });
    }
}

function notesOn({ paths }: Change): string[] {
    const program = ofProgram(paths);
    const few = program.slice(0, 8).join(", ") + (program.length > 8 ? ` and ${program.length - 8} more files` : "");
    return [
        ...(program.length > 0 ? [`the program differs: ${few}`] : []),
        ...(paths.includes("package-lock.json")
            ? ["package-lock.json differs: the base was previewed with this side's packages"]
            : []),
    ];
}

type Render = (tree: Tree, stack: string) => Promise<Rendered>;

async function reviewStack(touched: Touched, before: Tree, after: Tree, render: Render): Promise<StackReview> {
    const { stack, status } = touched;
    const none: Rendered = { objects: new Map(), warnings: [] };
    const [was, is] = await Promise.all([
        status === "new" ? none : render(before, stack),
        status === "gone" ? none : render(after, stack),
    ]);
    if ("failed" in is) return { ...touched, warnings: [], failed: is.failed };
    const objects = is.objects.size;
    if ("failed" in was) return { ...touched, objects, warnings: is.warnings, baseFailed: was.failed };
    const warnings = is.warnings.filter((text) => !was.warnings.includes(text));
    return { ...touched, objects, warnings, differences: await differencesOf(was.objects, is.objects) };
}

/** Stacks of one side with the same settings declare the same: they are previewed once. As many at a time as there are cores. */
function renderer(folder: string, tools: NodeJS.ProcessEnv): Render {
    const lanes = Math.max(1, Math.min(availableParallelism(), 4));
    const free = Array.from({ length: lanes }, (_, index) => openLane(join(folder, `lane-${index}`), tools));
    // Whoever takes one sees it fail.
    for (const lane of free) lane.catch(() => undefined);
    const waiting: (() => void)[] = [];
    const known = new Map<string, Promise<Rendered>>();

    async function take(tree: Tree, settings: string): Promise<Rendered> {
        while (free.length === 0) await new Promise<void>((ready) => waiting.push(ready));
        const lane = free.pop();
        if (!lane) throw new Error("no lane is free");
        try {
            return await (await lane).render(tree.folder, settings);
        } finally {
            free.push(lane);
            waiting.shift()?.();
        }
    }

    return async (tree, stack) => {
        const file = `Pulumi.${stack}.yaml`;
        const settings = settingsForReview(await readFile(join(tree.folder, file), "utf8"));
        const key = `${tree.folder}\n${meaningOf(settings)}`;
        const rendered = known.get(key) ?? take(tree, settings);
        known.set(key, rendered);
        const result = await rendered;
        if ("failed" in result) return { failed: result.failed.replaceAll("Pulumi.preview.yaml", file) };
        return result;
    };
}

/** What the settings say, whatever stands around it. */
function meaningOf(settings: string): string {
    try {
        return JSON.stringify(parse(settings));
    } catch {
        return settings;
    }
}
