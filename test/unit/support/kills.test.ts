import assert from "node:assert/strict";
import { killCount } from "../../support/kills.ts";

describe("M3PERF_KILLS", () => {
    it("is what suits a command where it says nothing of it", () => {
        assert.equal(killCount("up", 12, ""), 12);
        assert.equal(killCount("up", 12, "down=50"), 12);
    });

    it("is a number for all, or some by name", () => {
        assert.equal(killCount("scenario", 2, "50"), 50);
        assert.equal(killCount("scenario", 2, "down=50,scenario=25"), 25);
        assert.equal(killCount("down", 6, "down=50,scenario=25"), 50);
        assert.equal(killCount("down", 6, "12,down=50"), 50);
        assert.equal(killCount("up", 12, "20,down=50"), 20);
    });

    it("is refused where it is neither, so that no suite passes by killing nothing", () => {
        for (const wrong of ["up=none", "0", "up=-1", "up=", "many", "down=0"])
            assert.throws(() => killCount("up", 12, wrong), /M3PERF_KILLS/);
    });
});
