import { changesText } from "../stack/events.ts";
import { verdictOf } from "./markdown.ts";
import type { Review } from "./review.ts";

/** A review in short lines for a terminal. Pure. */
export function textOf({ base, commit, stacks, notes }: Review): string {
    const marks = { new: "+", changed: "~", gone: "-" } as const;
    const lines = [`Compared with ${base} (${commit.slice(0, 10)}):`];
    if (stacks.length === 0) lines.push("  no stack is touched");
    for (const one of stacks) {
        const { stack, status, differences = [], failed, baseFailed, cluster, warnings } = one;
        lines.push(`  ${stack}: ${verdictOf(one).replaceAll("*", "")}`);
        for (const why of [failed, baseFailed]) if (why !== undefined) lines.push(indented(why));
        if (status === "kept") lines.push(...differences.map(({ kind, object }) => `    ${marks[kind]} ${object}`));
        lines.push(...warnings.map((text) => `    warning: ${text}`));
        if (cluster)
            lines.push(`    where it stands: ${"failed" in cluster ? cluster.failed : changesText(cluster.changes)}`);
    }
    return `${[...lines, ...notes.map((note) => `  ${note}`)].join("\n")}\n`;
}

const indented = (text: string) => `    ${text.split("\n").join("\n    ")}`;
