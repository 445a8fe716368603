import assert from "node:assert/strict";
import { type PreviewedStack, previewStacks } from "../support/preview-stacks.ts";
import { stackFiles } from "../support/stack-files.ts";

/**
 * Every stack file by the real engine, with no cluster: the lab's, and those of a site like the reference that differ most. The others
 * are in stacks.full.test.ts, for time; their settings and the program with them are checked in test/unit/stacks.
 */
const some = ["colocated-reference", "limits-reference", "multi-cluster-reference"];
const files = stackFiles().filter(({ stack }) => !stack.endsWith("-reference") || some.includes(stack));

describe("pulumi preview --stack", function () {
    this.timeout(300_000);
    let previews: PreviewedStack;
    before(async () => {
        previews = await previewStacks(files);
    });
    after(() => previews.remove());

    for (const file of files) {
        it(`${file.stack}`, async () => {
            const { code, output } = await previews.of(file.stack);
            assert.equal(code, 0, output.slice(-3000));
            assert.match(output, /\+ \d\d to create/);
            assert.match(output, /no cluster is at hand/);
        });
    }
});
