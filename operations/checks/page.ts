import { systems } from "./check.ts";
import { checks } from "./index.ts";

/** The checks by system, for docs/verify.md; a test holds the committed page against this. */
function checksTable(): string {
    const cell = (text: string) => text.replaceAll("|", "\\|");
    return systems
        .map((system) => {
            const rows = checks
                .filter((check) => check.system === system)
                .map(
                    ({ id, title, source, means }) =>
                        `| \`${id}\` | ${cell(title)} | ${cell(source)} | ${cell(means)} |`,
                );
            return [
                `### ${system}`,
                "| check | what is so | from where | when it fails |",
                "|---|---|---|---|",
                ...rows,
                "",
            ].join("\n");
        })
        .join("\n");
}

const start = "<!-- checks: made by `npm run generate` of operations/checks -->\n";
const end = "<!-- end of checks -->\n";

/** A page with what is between its two marks made anew. Throws where it has not both. Pure. */
export function withChecks(page: string, table = checksTable()): string {
    const from = page.indexOf(start);
    const to = page.indexOf(end);
    if (from < 0 || to < from) throw new Error("docs/verify.md has lost the marks between which the checks are listed");
    return page.slice(0, from + start.length) + table + page.slice(to);
}
