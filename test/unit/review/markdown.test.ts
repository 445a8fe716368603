import assert from "node:assert/strict";
import { codeOf } from "../../../operations/cli/verbs/preview-changed.ts";
import { fenced, grouped, markdownOf } from "../../../operations/review/markdown.ts";
import type { Review, StackReview } from "../../../operations/review/review.ts";
import { textOf } from "../../../operations/review/text.ts";

const stack = (name: string, more: Partial<StackReview> = {}): StackReview => ({
    ...{ stack: name, status: "kept", why: [`Pulumi.${name}.yaml`], objects: 58, warnings: [], differences: [] },
    ...more,
});
const review = (...stacks: StackReview[]): Review => ({
    ...{ base: "origin/main", commit: "0123456789abcdef", files: 2, notes: [] },
    stacks,
});
const changed = (diff = "@@\n-x: 1\n+x: 2") => ({
    object: "apps/v1:Deployment m3query-workload",
    kind: "changed" as const,
    diff,
});

describe("a review as Markdown", () => {
    it("has a row for each stack, and a section for each that differs", () => {
        const text = markdownOf(
            review(
                stack("dev"),
                stack("limits", { differences: [changed()], warnings: ["there is one coordinator"] }),
                stack("split", { status: "new" }),
                stack("old", { status: "gone" }),
            ),
        );
        assert.match(text, /Compared with `origin\/main` \(0123456789\); 2 files differ\./);
        assert.match(text, /\| `dev` \| no difference \(58\) \| – \| `Pulumi\.dev\.yaml` \|/);
        assert.match(text, /\| `limits` \| 1 changed \| – \|/);
        assert.match(text, /\| `split` \| new stack, 58 objects \| – \|/);
        assert.match(text, /\| `old` \| \*\*stack removed\*\* \|/);
        assert.match(text, /pulumi destroy/);
        assert.match(text, /### `limits`\n\n> ⚠ there is one coordinator/);
        assert.match(
            text,
            /<summary>~ apps\/v1:Deployment m3query-workload<\/summary>\n\n```diff\n@@\n-x: 1\n\+x: 2\n```\n\n<\/details>/,
        );
        assert.ok(!/### .*(dev|split|old)/.test(text));
    });

    it("says so where no stack is touched", () => {
        assert.match(markdownOf(review()), /No stack is touched/);
    });

    it("puts stacks that differ in the same way together", () => {
        const same = { differences: [changed()] };
        const other = { differences: [changed("@@\n-x: 1\n+x: 3")] };
        const groups = grouped([stack("a", same), stack("b", other), stack("c", { ...same, objects: 59 })]);
        assert.deepEqual(
            groups.map((group) => group.map((one) => one.stack)),
            [["a", "c"], ["b"]],
        );
        assert.match(markdownOf(review(stack("a", same), stack("c", same))), /### `a`, `c`\n/);
    });

    it("shows what stops the program, and what an update would change where the stack stands", () => {
        const lines = ["~ Deployment m3query-workload (spec)"];
        const text = markdownOf(
            review(
                stack("bad", { failed: "2 settings are wrong in Pulumi.bad.yaml:\n  m3perf:etcd.membres = 3" }),
                stack("up", { cluster: { changes: { update: 1, same: 57 }, unchanged: false, lines } }),
                stack("same", { cluster: { changes: { same: 58 }, unchanged: true, lines: [] } }),
                stack("away", { cluster: { failed: "no backend" } }),
                stack("odd", { baseFailed: "1 setting is wrong" }),
            ),
        );
        assert.match(text, /\| `bad` \| \*\*cannot be previewed\*\*/);
        assert.match(text, /cannot be previewed:\n\n```\n2 settings are wrong in Pulumi\.bad\.yaml:/);
        assert.match(text, /\| `up` \| no difference \(58\) \| 1 updated, 57 unchanged \|/);
        assert.match(text, /`up` would change:\n\n```diff\n~ Deployment m3query-workload/);
        assert.match(text, /\| `same` \| no difference \(58\) \| no change \|/);
        assert.match(text, /\| `away` \| [^|]* \| preview failed \|/);
        assert.match(text, /The base could not be previewed, so there is nothing to compare with:\n\n```\n1 setting/);
    });

    it("stays below the limit, whole to its last fence, and says what it left out", () => {
        const long = (name: string) => ({
            ...changed(`@@\n${"+some line of a file\n".repeat(900)}`),
            object: `A ${name}`,
        });
        const differences = Array.from({ length: 30 }, (_, index) => long(String(index)));
        const text = markdownOf(review(stack("limits", { differences })));
        assert.ok(text.length <= 64_000 && text.length > 55_000, String(text.length));
        assert.match(text, /\n… \d{3} lines more\n```/);
        assert.match(text, /\*\*\d+ parts of this comment are left out\*\* to stay below 64000 characters/);
        assert.equal(text.match(/<details>/g)?.length, text.match(/<\/details>/g)?.length);
        const shown = text.match(/<details>/g)?.length ?? 0;
        const left = Number(/\*\*(\d+) parts/.exec(text)?.[1]);
        assert.equal(shown + left, 30);
        assert.match(markdownOf(review(stack("limits", { differences })), 4000), /\*\*30 parts/);
    });

    it("is not broken by what it shows", () => {
        assert.equal(fenced("a\n```\nb", "diff"), "````diff\na\n```\nb\n````");
        assert.equal(fenced("a"), "```\na\n```");
        const odd = { ...changed(), object: "A <img src=x>&" };
        assert.match(
            markdownOf(review(stack("a", { differences: [odd] }))),
            /<summary>~ A &lt;img src=x&gt;&amp;<\/summary>/,
        );
    });
});

describe("a review as text and as an exit code", () => {
    it("names what differs in a line each", () => {
        const text = textOf(
            review(stack("limits", { differences: [changed()] }), stack("bad", { failed: "1 setting\n  x" })),
        );
        assert.match(text, /^ {2}limits: 1 changed\n {4}~ apps\/v1:Deployment m3query-workload$/m);
        assert.match(text, /^ {2}bad: cannot be previewed\n {4}1 setting\n {6}x$/m);
        assert.match(textOf(review()), /no stack is touched/);
    });

    it("is 0 for differences, 1 where a stack cannot be previewed", () => {
        assert.equal(codeOf(review(stack("a", { differences: [changed()] }))), 0);
        assert.equal(codeOf(review()), 0);
        assert.equal(codeOf(review(stack("a"), stack("b", { failed: "wrong" }))), 1);
        assert.equal(codeOf(review(stack("a", { cluster: { failed: "no backend" } }))), 1);
        assert.equal(codeOf(review(stack("a", { baseFailed: "wrong" }))), 0);
    });
});
