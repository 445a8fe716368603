import { count } from "../checks/check.ts";
import { columns } from "../cli/columns.ts";
import type { CopyResult, ReadBack } from "../scenarios/types.ts";

/** Gaps and examples of one copy that the text shows; the JSON has more. */
const shown = 5;

/** Whether nothing is missing, doubled or wrong. `mergedOnly`: holes of single replicas do not count. Pure. */
export function sound({ merged, replicas, unread }: ReadBack, mergedOnly = false): boolean {
    if (mergedOnly) return isSound(merged);
    return [merged, ...Object.values(replicas)].every(isSound) && (unread ?? []).length === 0;
}

const isSound = ({ missing, doubled, wrong }: CopyResult) => missing + doubled + wrong === 0;

/** The result for people. Pure. */
export function readBackText(result: ReadBack): string {
    const { merged, replicas, acknowledged, checked, sampled, unread = [], notes = [] } = result;
    const copies = [["merged", { ...merged, series: undefined }] as const, ...Object.entries(replicas)];
    const rows = copies.map(([name, { series, ...copy }]) => {
        const { found, missing, doubled, wrong, unasked } = copy;
        const counts = [found, missing, doubled, wrong, unasked, series ?? "all"].map(String);
        return [isSound(copy) ? "ok" : "FAIL", name, ...counts];
    });
    const lines = [
        `${checked} of ${acknowledged} acknowledged samples asked back${sampled === undefined ? "" : ` (${sampled})`}`,
        "",
        ...columns([["", "copy", "found", "missing", "doubled", "wrong", "unasked", "series"], ...rows]),
    ];
    for (const [name, copy] of copies.filter(([, copy]) => !isSound(copy))) {
        lines.push("", `${name}:`, ...copy.gaps.slice(0, shown).map(gapText));
        if (copy.gaps.length > shown) lines.push(`  and more gaps: --json`);
        lines.push(...copy.examples.slice(0, 2 * shown).map((text) => `  ${text}`));
    }
    if (unread.length > 0) lines.push("", "not read, so nothing is proven:", ...unread.map((text) => `  ${text}`));
    if (notes.length > 0) lines.push("", ...notes);
    return `${lines.join("\n")}\n`;
}

function gapText({ from, to, samples }: CopyResult["gaps"][number]): string {
    const time = (ms: number) => new Date(ms).toISOString();
    const span =
        from === to ? `at ${time(from)}` : `from ${time(from)} to ${time(to)} (${((to - from) / 1000).toFixed(1)} s)`;
    return `  gap: ${count(samples, "sample")} ${span}`;
}
