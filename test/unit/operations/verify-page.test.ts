import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { checks } from "../../../operations/checks/index.ts";
import { withChecks } from "../../../operations/checks/page.ts";

const page = readFileSync(new URL("../../../docs/verify.md", import.meta.url), "utf8");

describe("docs/verify.md", () => {
    it("lists the checks there are: run `npm run generate`", () => {
        assert.equal(page, withChecks(page));
        for (const { id, means } of checks) assert.ok(page.includes(`\`${id}\``) && means.length > 20, id);
    });

    it("is not written over where it has lost its marks", () => {
        assert.throws(() => withChecks("# Verify\n"), /lost the marks/);
    });
});
