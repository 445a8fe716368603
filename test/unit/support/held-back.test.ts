import assert from "node:assert/strict";
import { holdBack } from "../../../support/held-back.ts";
import { waitFor } from "../../../support/wait.ts";

describe("support: lines that are held back", () => {
    it("are not shown where all is over soon, but given back", () => {
        const shown: string[] = [];
        const held = holdBack((text) => shown.push(text), { patience: 60_000, age: 2 });
        held.line("there is no lab");
        held.line("  it is down");
        assert.deepEqual(held.end(), ["there is no lab", "  it is down"]);
        assert.deepEqual(shown, []);
    });

    it("are shown in order where it takes its time, each of them once", async () => {
        const shown: string[] = [];
        const held = holdBack((text) => shown.push(text), { patience: 0, age: 2 });
        held.line("building pulumi");
        held.line("building plugins");
        await waitFor({ what: "both lines", timeout: 10, every: 0.005 }, () => shown.length === 2);
        held.line("no room on the disk");
        assert.deepEqual(held.end(), ["no room on the disk"]);
        assert.deepEqual(shown, ["building pulumi", "building plugins"]);
    });
});
