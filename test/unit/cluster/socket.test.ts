import assert from "node:assert/strict";
import { mkdtemp, rename, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { answers } from "../../../lab/cluster/socket.ts";

describe("a Unix socket", () => {
    let folder: string;
    before(async () => {
        folder = await mkdtemp(join(tmpdir(), "m3perf-socket-"));
    });
    after(() => rm(folder, { recursive: true }));

    it("answers while somebody listens; one that a killed process left behind, and one that is not there, do not", async () => {
        const [made, left] = [join(folder, "made"), join(folder, "left")];
        const server = createServer();
        await new Promise<void>((resolve) => server.listen(made, resolve));
        assert.equal(await answers(made), true);
        await rename(made, left); // closing removes the file only under its own name
        await new Promise((resolve) => server.close(resolve));
        assert.equal(await answers(left), false);
        assert.equal(await answers(join(folder, "none")), false);
    });
});
