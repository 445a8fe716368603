import assert from "node:assert/strict";
import { clusterRoll } from "../../../components/m3/m3db/inputs.ts";
import type { RollInput } from "../../../components/m3/m3db/roll-sides.ts";
import { roll } from "../../../components/m3/m3db/rolling.ts";
import { clusterPlan } from "./m3db-plan.ts";
import { RollWorld, rollInput } from "./m3db-roll-world.ts";

const pace = { every: 0.001, linger: 0, patience: 0.03 };
const longer = { ...rollInput, retentions: { default: { nanoseconds: "259200000000000", duration: "72h" } } };
const restartsOf = (journal: string[]) => journal.filter((line) => /deleted|restarted/.test(line));
const eachOnce = ["rep0", "rep1", "rep2"].flatMap((name) => [`c-${name}-0 deleted`, `c-${name} restarted`]);

function run(world: RollWorld, input: RollInput = longer): Promise<void> {
    const { signal } = new AbortController();
    const now = () => performance.now() / 1000;
    return roll(input, { cluster: world.side, say: (line) => world.lines.push(line), signal, pace, now });
}

describe("a namespace's retention", () => {
    it("is told to M3, and every database pod restarted once, one after the other", async () => {
        const world = new RollWorld("new", "new");
        await run(world);
        assert.deepEqual(world.journal, ["default kept 72h", ...eachOnce, "tidied, but for c-config-new"]);
        assert.equal(world.away, 1);
        assert.equal(world.mark, undefined, "nothing is left to remember");
        assert.ok(
            world.lines.includes("  c-rep0-0: has not started since a retention changed"),
            world.lines.join("\n"),
        );
    });

    it("that is as asked for is left alone", async () => {
        const world = new RollWorld("new", "new");
        await run(world, rollInput);
        assert.deepEqual(world.journal, ["tidied, but for c-config-new"]);
    });

    it("takes no restart beside the one that another change brings", async () => {
        const world = new RollWorld("old", "new");
        await run(world);
        assert.deepEqual(
            restartsOf(world.journal),
            ["rep0", "rep1", "rep2"].map((name) => `c-${name} restarted`),
        );
        assert.equal(world.journal[0], "default kept 72h");
    });

    it("is finished by the next run, wherever the one before ended", async () => {
        for (const moment of ["before M3 was told", "after it", "after one pod"] as const) {
            const world = new RollWorld("new", "new");
            world.mark = "pending";
            if (moment !== "before M3 was told") world.retentions = { default: "259200000000000" };
            if (moment === "after one pod") world.mark = [world.at("c-rep1").uid, world.at("c-rep2").uid];
            await run(world);
            const expected = moment === "after one pod" ? eachOnce.slice(2) : eachOnce;
            assert.deepEqual(restartsOf(world.journal), expected, moment);
            assert.equal(world.mark, undefined, moment);
        }
    });

    it("an interruption right after M3 was told leaves the mark for the next run", async () => {
        const world = new RollWorld("new", "new");
        world.afterPut = () => {
            throw new Error("interrupted");
        };
        await assert.rejects(run(world), /interrupted/);
        assert.equal(world.mark, "pending");
        world.afterPut = () => {};
        await run(world);
        assert.deepEqual(restartsOf(world.journal), eachOnce);
    });

    it("waits for a database pod that answers, but not in a cluster that is still being made", async () => {
        const away = new RollWorld("new", "new");
        away.retentions = undefined;
        await assert.rejects(run(away), /no database pod tells of its namespaces.*\n.*no database pod answers/s);
        const first = new RollWorld("new", "new");
        Object.assign(first, { retentions: undefined, placed: false });
        await run(first);
        assert.deepEqual(first.journal, ["tidied, but for c-config-new"]);
    });

    it("is given in M3's nanoseconds, which no JSON number could hold", () => {
        const plan = clusterPlan({ namespaces: [{ name: "default", retention: "8760h" }] });
        assert.deepEqual(clusterRoll(plan, 3).retentions, {
            default: { nanoseconds: "31536000000000000", duration: "8760h" },
        });
    });
});
