import assert from "node:assert/strict";
import { type PreviewedStack, previewStacks } from "../support/preview-stacks.ts";
import { stackFiles } from "../support/stack-files.ts";

const files = stackFiles().filter(({ stack }) => stack.endsWith("-reference"));

describe("pulumi preview --stack, for every stack of the reference site", function () {
    this.timeout(300_000);
    let previews: PreviewedStack;
    before(async () => {
        previews = await previewStacks(files);
    });
    after(() => previews.remove());

    for (const { stack } of files) {
        it(stack, async () => {
            const { code, output } = await previews.of(stack);
            assert.equal(code, 0, output.slice(-3000));
            assert.match(
                output,
                /there is no kubeconfig sites\/reference\.kubeconfig \(named by sites\/reference\.yaml\)/,
            );
        });
    }
});
