import { run } from "../../support/exec.ts";
import { projectRoot } from "../../support/paths.ts";

describe("project", function () {
    this.timeout(120_000);

    it("has no type errors", async () => {
        await run("tsc", ["--noEmit"], { cwd: projectRoot });
    });

    it("is linted and formatted", async () => {
        await run("biome", ["check", "--error-on-warnings", "."], { cwd: projectRoot });
    });
});
