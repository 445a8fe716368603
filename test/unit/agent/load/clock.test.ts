import assert from "node:assert/strict";
import { realClock } from "../../../../agent/load/clock.ts";

describe("the load's clock", () => {
    it("calls back at its time, and what is a month off not at once", async () => {
        let early = 0;
        const cancel = realClock.at(realClock.now() + 30 * 86_400_000, () => {
            early += 1;
        });
        // A timer of Node that is too long goes off after 1 ms.
        const time = realClock.now() + 20;
        await new Promise<void>((resolve) => realClock.at(time, resolve));
        cancel();
        assert.ok(realClock.now() >= time);
        assert.equal(early, 0);
    });

    it("does not call back when it was cancelled", async () => {
        let called = 0;
        const time = realClock.now() + 1;
        realClock.at(time, () => {
            called += 1;
        })();
        await new Promise<void>((resolve) => realClock.at(time + 20, resolve));
        assert.equal(called, 0);
    });
});
