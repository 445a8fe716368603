import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { inLanes } from "../../../support/lanes.ts";

describe("support: lanes", () => {
    it("works on so many at a time, and gives what came of each in order", async () => {
        let inHand = 0;
        let most = 0;
        const found = await inLanes([5, 1, 4, 2, 3], 2, async (turns) => {
            inHand += 1;
            most = Math.max(most, inHand);
            for (let left = turns; left > 0; left -= 1) await turn();
            inHand -= 1;
            return turns * 10;
        });
        assert.deepEqual(found, [50, 10, 40, 20, 30]);
        assert.equal(most, 2);
        assert.deepEqual(await inLanes([], 8, async () => 1), []);
    });

    it("begins no further one when one has failed", async () => {
        const begun: number[] = [];
        const work = async (item: number) => {
            begun.push(item);
            await turn();
            if (item === 1) throw new Error("one");
        };
        await assert.rejects(inLanes([0, 1, 2, 3, 4, 5], 2, work), /one/);
        for (let turns = 0; turns < 10; turns += 1) await turn();
        assert.ok(begun.length <= 3, `${begun}`);
    });
});
