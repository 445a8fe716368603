import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../support/paths.ts";
import { parseOptions } from "../cli/run.ts";
import { type Verb, verbs } from "../cli/verbs.ts";
import { readStackSettings } from "../doctor/settings.ts";
import { figuresHeading, figureTable, renderSize } from "./report.ts";
import { sized } from "./size.ts";

/**
 * docs/size.md with its generated parts made anew: what each `npx m3perf size …` prints, and the table of figures. A test compares; to write it:
 * bin/bootstrap node operations/size/page.ts
 */
export const pageFile = join(projectRoot, "docs/size.md");

const example = /```sh\nnpx m3perf size (.*)\n```\n\n```text\n[^`]*```/g;
const table = /(<!-- figures -->\n)[\s\S]*?(<!-- end of figures -->)/;

export function refreshed(page: string): string {
    return page
        .replace(
            example,
            (_, words: string) => `\`\`\`sh\nnpx m3perf size ${words}\n\`\`\`\n\n\`\`\`text\n${printed(words)}\n\`\`\``,
        )
        .replace(table, (_, before: string, after: string) => `${before}\n${figureTable().join("\n")}\n\n${after}`);
}

/** What the command prints before its figures, on no terminal. */
function printed(words: string): string {
    const values = parseOptions("size", verbs.size as Verb, words.split(" "));
    const text = renderSize(
        sized(values, () => readStackSettings(values)),
        120,
    );
    return text.slice(0, text.indexOf(figuresHeading)).trimEnd();
}

if (import.meta.main) writeFileSync(pageFile, refreshed(readFileSync(pageFile, "utf8")));
