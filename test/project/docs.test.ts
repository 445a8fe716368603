/** What a reader of the docs relies on: links lead somewhere, each page can be found from the README, a test that is named is there. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import GithubSlugger from "github-slugger";
import { run } from "../../support/exec.ts";
import { projectRoot } from "../../support/paths.ts";

interface Link {
    page: string;
    /** A path from the project's root; the page itself where the link has none. */
    path: string;
    anchor?: string;
}

const read = (page: string) => readFileSync(join(projectRoot, page), "utf8");
/** Code is no link: regular expressions have brackets, too. */
const withoutCode = (text: string) => text.replaceAll(/```[\s\S]*?```|`[^`\n]*`/g, "");

function linksOf(page: string): Link[] {
    const inside = [...withoutCode(read(page)).matchAll(/\]\(([^)#\s]*)(?:#([^)\s]*))?\)/g)].filter(
        ([, to = ""]) => !/^[a-z]+:/.test(to),
    );
    return inside.map(([, to, anchor]) => ({
        page,
        path: to ? normalize(join(dirname(page), to)) : page,
        ...(anchor ? { anchor } : {}),
    }));
}

/** The anchors that GitHub gives to a page's headings. */
function anchorsOf(page: string): Set<string> {
    const slugger = new GithubSlugger();
    const headings = read(page)
        .replaceAll(/```[\s\S]*?```/g, "")
        .matchAll(/^#+ +(.*)$/gm);
    return new Set([...headings].map(([, text = ""]) => slugger.slug(text.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1"))));
}

describe("docs", () => {
    let pages: string[];
    before(async () => {
        const listed = await run("git", ["ls-files", "*.md"], { cwd: projectRoot });
        pages = listed
            .trim()
            .split("\n")
            .filter((page) => existsSync(join(projectRoot, page)));
    });

    it("have no link to a file or heading that is not there", () => {
        const wrong = pages.flatMap(linksOf).filter(({ path, anchor }) => {
            if (!existsSync(join(projectRoot, path))) return true;
            return anchor !== undefined && path.endsWith(".md") && !anchorsOf(path).has(anchor);
        });
        assert.deepEqual(wrong, []);
    });

    it("can all be found from the README", () => {
        const found = new Set<string>();
        const waiting = ["README.md"];
        for (let page = waiting.pop(); page !== undefined; page = waiting.pop()) {
            if (found.has(page) || !pages.includes(page)) continue;
            found.add(page);
            waiting.push(...linksOf(page).map(({ path }) => path));
        }
        assert.deepEqual(
            pages.filter((page) => page.startsWith("docs/") && !found.has(page)),
            [],
        );
    });

    for (const page of ["docs/trust.md", "docs/figures.md", "docs/kills.md"])
        it(`${page} names no test that is not there`, () => {
            const suite = /`((?:unit|preview|contract|lab|browser|vm|e2e)\/[\w./-]+|\d\d-[\w.-]+)`/g;
            const named = [...read(page).matchAll(suite)].map(([, name = ""]) => name);
            assert.ok(named.length > 0);
            const there = (name: string) =>
                ["", ".ts", ".test.ts", ".full.test.ts"].some((end) =>
                    ["", "test/", "test/e2e/"].some((folder) => existsSync(join(projectRoot, folder + name + end))),
                );
            assert.deepEqual(
                named.filter((name) => !there(name)),
                [],
            );
        });
});
