import { changesText } from "../stack/events.ts";
import type { ClusterChanges } from "./cluster.ts";
import type { Difference } from "./differences.ts";
import type { Review, StackReview } from "./review.ts";

/** A review as a comment on a pull request. Pure. */

/** GitHub refuses a comment of more than 65,536 characters; some are left for what a workflow puts around it. */
const commentLimit = 64_000;
/** Of one object; a program of the agent that is new has hundreds of lines. */
const diffLimit = 6_000;

const marks = { new: "+", changed: "~", gone: "-" } as const;

export function markdownOf(review: Review, limit = commentLimit): string {
    const { stacks, base, commit, files } = review;
    const title = "## What this changes in each stack\n";
    const compared = `Compared with \`${base}\` (${commit.slice(0, 10)}); ${counted(files, "file")} differ${files === 1 ? "s" : ""}.`;
    if (stacks.length === 0)
        return `${title}\n${compared}\n\nNo stack is touched: neither a stack file, nor a site file that one names, nor the program.\n`;
    const head = [title, compared, "", ...table(stacks), "", ...notes(review), ""].join("\n");
    // Heads, tables and names first: what does not fit is a detail.
    const parts = grouped(stacks).flatMap((group) => sectionOf(group));
    let text = head;
    let left = 0;
    for (const part of parts) {
        if (text.length + part.length + 400 > limit) left += 1;
        else text += part;
    }
    if (left === 0) return text;
    return `${text}\n> **${counted(left, "part")} of this comment ${left === 1 ? "is" : "are"} left out** to stay below ${limit} characters; whole: \`npx m3perf preview --changed --base ${base} --json\`.\n`;
}

function table(stacks: StackReview[]): string[] {
    const rows = stacks.map(
        (one) =>
            `| \`${one.stack}\` | ${verdictOf(one)} | ${clusterCell(one.cluster)} | ${one.why.map((what) => (what === "the program" ? what : code(what))).join(", ")} |`,
    );
    return ["| stack | declared objects | where it stands | touched by |", "|---|---|---|---|", ...rows];
}

export function verdictOf({ status, differences, objects, failed, baseFailed }: StackReview): string {
    if (failed !== undefined) return "**cannot be previewed**";
    if (baseFailed !== undefined) return `${counted(objects ?? 0, "object")}; the base could not be previewed`;
    if (status === "new") return `new stack, ${counted(objects ?? 0, "object")}`;
    if (status === "gone") return "**stack removed**";
    const all = differences ?? [];
    if (all.length === 0) return `no difference (${objects})`;
    const count = (kind: Difference["kind"]) => all.filter((one) => one.kind === kind).length;
    return (["changed", "new", "gone"] as const)
        .flatMap((kind) => (count(kind) > 0 ? [`${count(kind)} ${kind}`] : []))
        .join(", ");
}

function clusterCell(cluster: ClusterChanges | undefined): string {
    if (cluster === undefined) return "–";
    if ("failed" in cluster) return "preview failed";
    return cluster.unchanged ? "no change" : cell(changesText(cluster.changes));
}

function notes({ notes: told, stacks }: Review): string[] {
    const lines = [...told];
    if (stacks.some(({ status }) => status === "gone"))
        lines.push(
            "a removed stack file destroys nothing: where the stack stands, `pulumi destroy` it with the files of the base first",
        );
    lines.push(
        "declared objects are compared as the program makes them from nothing, with no cluster; the content of secrets is not compared and not shown",
    );
    return lines.map((line) => `- ${line}`);
}

/** Stacks that differ in the same way share a section: a change of the program touches all of them. */
export function grouped(stacks: StackReview[]): StackReview[][] {
    const groups = new Map<string, StackReview[]>();
    for (const one of stacks) {
        const { stack: _, why: __, objects: ___, cluster, ...same } = one;
        const key = JSON.stringify([same, cluster]);
        groups.set(key, [...(groups.get(key) ?? []), one]);
    }
    return [...groups.values()];
}

/** Parts that can be left out one by one; the first is the section's head. */
function sectionOf(group: StackReview[]): string[] {
    const [one] = group;
    if (!one) return [];
    const { differences = [], warnings, failed, baseFailed, cluster, status } = one;
    const parts: string[] = [];
    const lines: string[] = [];
    if (failed !== undefined) lines.push("cannot be previewed:", fenced(failed));
    if (baseFailed !== undefined)
        lines.push("The base could not be previewed, so there is nothing to compare with:", fenced(baseFailed));
    if (warnings.length > 0) lines.push(...warnings.map((text) => `> ⚠ ${text.split("\n").join("\n> ")}\n`));
    if (cluster && "failed" in cluster) lines.push("A preview where the stack stands failed:", fenced(cluster.failed));
    if (cluster && !("failed" in cluster) && !cluster.unchanged)
        lines.push("Where the stack stands, `up` would change:", fenced(cluster.lines.join("\n"), "diff"));
    // A new stack's objects are all new, and were reviewed where the program was.
    const shown = status === "kept" ? differences : [];
    if (lines.length === 0 && shown.length === 0) return [];
    parts.push(`\n### ${group.map(({ stack }) => code(stack)).join(", ")}\n\n${lines.join("\n\n")}\n`);
    for (const one of shown) parts.push(objectOf(one));
    return parts;
}

function objectOf({ object, kind, diff }: Difference): string {
    const long = diff.length > diffLimit;
    const cut = long ? diff.slice(0, diff.lastIndexOf("\n", diffLimit)) : diff;
    const more = long ? `\n… ${diff.slice(cut.length).split("\n").length - 1} lines more` : "";
    return `\n<details><summary>${marks[kind]} ${escaped(object)}${kind === "changed" ? "" : ` (${kind})`}</summary>\n\n${fenced(cut + more, "diff")}\n\n</details>\n`;
}

/** A fence that nothing in the text can end. */
export function fenced(text: string, language = ""): string {
    const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
    const fence = "`".repeat(Math.max(3, longest + 1));
    return `${fence}${language}\n${text}\n${fence}`;
}

const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? "" : "s"}`;
const code = (text: string) => `\`${text.replaceAll("`", "'")}\``;
const cell = (text: string) => text.replaceAll("|", "\\|").replaceAll("\n", " ");
const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
