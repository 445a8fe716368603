import assert from "node:assert/strict";
import { runTurn } from "../../../components/nodes/roll/run-turn.ts";
import { messageOf } from "../../../support/errors.ts";
import { input, World } from "./roll-world.ts";

const changing = ["cordon", "uncordon", "evict", "reboot", "prepare", "settle", "remember", "forget"];
const changes = (world: World) => world.calls.filter((name) => changing.includes(name));

/** Which wait never ends: its limit is short. The others' are not, since a busy machine takes its time. */
type Endless = "safe" | "drain" | "boot" | "rejoin" | "safe again" | "none";

async function fails(world: World, endless: Endless, expected: RegExp, given = input) {
    const long = { safe: 20, drain: 20, boot: 20, rejoin: 20 };
    const limits = endless in long ? { ...long, [endless]: 0.3 } : long;
    const patience = endless === "safe again" ? { patience: 0.1 } : {};
    await assert.rejects(runTurn({ ...given, limits }, world.sides(patience)), (error: Error) => {
        assert.match(error.message, expected);
        return true;
    });
}

/** The node is at work again, and nothing of the turn is left. */
function assertBack(world: World) {
    assert.equal(world.unschedulable, false);
    assert.equal(world.record, undefined);
    assert.deepEqual(world.pods.map(({ name }) => name).sort(), ["agent-x", "etcd-0", "m3-cluster-rep0-0"]);
}

describe("a node's turn", () => {
    let world: World;
    beforeEach(() => {
        world = new World();
    });

    it("goes step by step, and every step is in the log", async () => {
        await runTurn(input, world.sides());
        assert.equal(world.reboots, 1);
        assert.equal(world.settled, true);
        assertBack(world);
        assert.deepEqual(changes(world), [
            "cordon",
            "evict",
            "evict",
            "prepare",
            "remember",
            "reboot",
            "settle",
            "uncordon",
            "forget",
        ]);
        const steps = world.log.flatMap((line) => /^\[(\d+\/\d+)\] (\w+):/.exec(line)?.slice(1).join(" ") ?? []);
        assert.deepEqual(steps, [
            "1/10 look",
            "2/10 safe",
            "3/10 cordon",
            "4/10 drain",
            "5/10 prepare",
            "6/10 reboot",
            "7/10 back",
            "8/10 check",
            "9/10 settle",
            "10/10 rejoin",
        ]);
        const log = world.log.join("\n");
        assert.match(log, /boot boot-1 is asked to end/);
        assert.match(log, /the boot of before still answers\n.*does not answer\n.*back: boot boot-2/);
    });

    it("is not taken where it is not needed: nothing is touched, and it says so", async () => {
        world.wanted = false;
        await runTurn(input, world.sides());
        assert.deepEqual(changes(world), []);
        assert.match(world.log.join("\n"), /worker-1 needs no turn: nothing was touched/);
    });

    it("is not taken for done where whether it is needed cannot be told", async () => {
        for (const code of [1, 2, 127, 255]) {
            world.neededFails = code;
            await fails(
                world,
                "none",
                new RegExp(`could not be found out \\(exit code ${code}\\)\\n {2}rpm: not found`),
            );
        }
        assert.deepEqual(changes(world), []);
    });

    it("works for a host without a cluster: no drain, no quorum, the same proof", async () => {
        await runTurn({ ...input, cluster: null }, world.sides({ cluster: false }));
        assert.equal(world.reboots, 1);
        assert.deepEqual(changes(world), ["prepare", "remember", "reboot", "settle", "forget"]);
        assert.match(world.log[0] ?? "", /^\[1\/6\] look/);
    });

    describe("waits until it is safe, and then fails with exactly what is missing", () => {
        it("the member whose absence would cost etcd its quorum", async () => {
            world.problems["etcd-2"] = "not healthy (503 no leader)";
            await fails(
                world,
                "safe",
                /not safe to take worker-1 \(waited 0.3 s\)\n {2}etcd has no quorum without worker-1: 1 of 3 members would be left, 2 are needed \(etcd-2 on worker-3: not healthy/,
            );
            assert.deepEqual(changes(world), []);
        });

        it("a replica that is bootstrapping, on whatever node", async () => {
            world.problems["m3-cluster-rep2-0"] = "not bootstrapped (500)";
            await fails(world, "safe", /\n {2}m3-cluster-rep2-0 on worker-3: not bootstrapped/);
            assert.deepEqual(changes(world), []);
        });

        it("shards that are INITIALIZING", async () => {
            world.placementState = "INITIALIZING";
            await fails(world, "safe", /the placement of M3DB: m3-cluster-rep0-0 has 1 of 2 shards INITIALIZING/);
            assert.deepEqual(changes(world), []);
        });

        it("another node's turn", async () => {
            world.othersInTurn = ["worker-3 (kernel 6.12)"];
            await fails(world, "safe", /worker-3 \(kernel 6.12\) is in its turn/);
            assert.deepEqual(changes(world), []);
        });

        it("and goes on when it becomes safe in time", async () => {
            world.problems["etcd-2"] = "not healthy";
            let looks = 0;
            world.onCall = (name) => {
                if (name === "m3" && ++looks === 5) world.problems = {};
            };
            await runTurn(input, world.sides());
            assertBack(world);
            assert.match(world.log.join("\n"), /not yet:\n.*etcd-2/);
        });

        it("with no M3DB there, it says that there is nothing to protect", async () => {
            world.m3There = false;
            await runTurn(input, world.sides());
            assert.equal(world.reboots, 1);
            assert.match(world.log.join("\n"), /no M3DB here yet: nothing to protect/);
        });

        it("after the drain, too: the node is given back, so that its own pods can help", async () => {
            world.onCall = (name) => {
                if (name === "prepare") world.problems["etcd-2"] = "not healthy";
            };
            await fails(
                world,
                "safe again",
                /not safe to take worker-1 \(waited 0.1 s\); it takes pods again\n {2}etcd has no quorum/,
            );
            assert.equal(world.reboots, 0);
            assert.equal(world.unschedulable, false);
            assert.equal(world.record, undefined);
        });
    });

    describe("drains as the API server allows", () => {
        it("asks again while a PodDisruptionBudget refuses (429)", async () => {
            const budget = "Cannot evict pod as it would violate the pod's disruption budget.";
            world.evictions = { "etcd-0": [budget, budget, budget] };
            await runTurn(input, world.sides());
            assertBack(world);
            assert.match(world.log.join("\n"), /m3db\/etcd-0 stays: Cannot evict pod/);
        });

        it("gives the node back and names the pod that does not go", async () => {
            world.evictions = { "m3-cluster-rep0-0": ["stuck"] };
            await fails(
                world,
                "drain",
                /could not be drained \(waited 0.3 s\); it takes pods again\n {2}m3db\/m3-cluster-rep0-0 is/,
            );
            assert.equal(world.reboots, 0);
            assert.equal(world.unschedulable, false);
            assert.equal(world.record, undefined);
        });

        it("refuses, before anything is touched, to end a pod that nobody would make again", async () => {
            world.pods.push({ ...(world.pods[0] as World["pods"][number]), name: "by-hand", fate: "orphan" });
            await fails(world, "none", /would end for good\n {2}m3db\/by-hand[\s\S]*delete pod by-hand/);
            assert.deepEqual(changes(world), []);
        });
    });

    describe("when the host", () => {
        it("does not come back: names it, keeps it cordoned, and goes on when it is there again", async () => {
            world.comesBack = false;
            await fails(
                world,
                "boot",
                /^worker-1 does not come back\n.*last seen: .*does not answer[\s\S]*it stays cordoned/,
            );
            assert.equal(world.unschedulable, true);
            assert.equal(world.settled, false);
            world.powered = true;
            await runTurn(input, world.sides());
            assert.equal(world.reboots, 1, "it was rebooted once more");
            assertBack(world);
        });

        it("is another machine now: fails at once", async () => {
            world.onCall = (name, _, when) => {
                if (name === "reboot" && when === "after") world.answers = ["away", "other machine"];
            };
            await fails(world, "none", /another host key/);
            assert.equal(world.unschedulable, true);
        });

        it("comes back with another kernel: its pods get it back, the roll ends, the next run takes it again", async () => {
            world.kernelStarts = false;
            await fails(
                world,
                "none",
                /came back, but not as it was wanted \(roll spring\); it takes pods again\n {2}came back with 6.1/,
            );
            assert.equal(world.settled, false);
            assert.equal(world.unschedulable, false);
            assert.equal(world.record, undefined);
            world.kernelStarts = true;
            await runTurn(input, world.sides());
            assert.equal(world.reboots, 2);
            assertBack(world);
        });

        it("has a lease that is not renewed any more, by whatever clock: it stays cordoned until it is", async () => {
            world.renewed = new Date("2099-01-01"); // the host's clock was ahead
            world.renews = false;
            await fails(
                world,
                "rejoin",
                /is back, but its kubelet is not .*\n {2}the kubelet has not renewed its lease/,
            );
            assert.equal(world.unschedulable, true);
            world.renews = true; // and is right now
            await runTurn(input, world.sides());
            assert.equal(world.reboots, 1);
            assertBack(world);
        });

        for (const [name, problem] of [
            ["m3-cluster-rep0-0", "not bootstrapped (500)"],
            ["etcd-0", "not healthy (503)"],
        ] as const) {
            it(`is back, and ${name} is ${problem}: its turn is not over, and goes on when it is well`, async () => {
                world.onCall = (call, _, when) => {
                    if (call === "reboot" && when === "after") world.problems[name] = problem;
                };
                const lacks = new RegExp(
                    `is back, but not all that it carried[\\s\\S]*${name}.*not (bootstrapped|healthy)`,
                );
                await fails(world, "rejoin", lacks);
                assert.notEqual(world.record, undefined);
                world.problems = {};
                await runTurn(input, world.sides());
                assert.equal(world.reboots, 1);
                assertBack(world);
            });
        }

        it("is switched by a command that failed: it stays in its turn, and is switched again", async () => {
            const given = { ...input, reboot: { by: "command" as const, command: ["cycle", "worker-1"] } };
            world.onCall = (name, _, when) => {
                if (name !== "reboot" || when !== "before") return;
                world.powered = false;
                throw new Error("the power cycle failed");
            };
            await fails(world, "none", /the power cycle failed/, given);
            assert.equal(world.unschedulable, true);
            world.onCall = () => {};
            await runTurn(given, world.sides());
            assert.equal(world.reboots, 1);
            assertBack(world);
        });
    });

    describe("on a node that somebody else has cordoned", () => {
        beforeEach(() => {
            world.unschedulable = true;
        });

        it("refuses where etcd or M3DB would find no way back", async () => {
            await fails(
                world,
                "none",
                /worker-1 is cordoned, and not by this roll\n {2}it carries etcd-0, m3-cluster-rep0-0/,
            );
            assert.deepEqual(changes(world), []);
        });

        it("leaves it cordoned", async () => {
            const sides = world.sides();
            world.node = "worker-9"; // carries nothing of M3
            world.m3 = () => new World().m3();
            await runTurn({ ...input, node: "worker-9" }, sides);
            assert.equal(world.reboots, 1);
            assert.equal(world.unschedulable, true);
            assert.equal(world.record, undefined);
            assert.ok(!world.calls.includes("uncordon"));
        });
    });

    it("outlives an API server that is away while its own host reboots", async () => {
        let away = 0;
        world.onCall = (name, _, when) => {
            if (name === "reboot" && when === "after") away = 8;
            if (when === "before" && ["node", "m3", "uncordon", "pods"].includes(name) && away-- > 0)
                throw new Error("the API server does not answer");
        };
        await runTurn(input, world.sides());
        assertBack(world);
    });

    it("goes on from wherever it was ended, and reboots once", async function () {
        this.timeout(120_000);
        const whole = new World();
        await runTurn(input, whole.sides());
        const count = whole.calls.length;
        assert.ok(count > 25, String(count));
        for (const reboot of [input.reboot, { by: "command" as const, command: ["cycle"] }]) {
            for (const when of ["before", "after"] as const) {
                for (let at = 1; at <= count; at += 1) {
                    const name = `${reboot.by}: ended ${when} call ${at}`;
                    const one = new World();
                    const first = one.sides();
                    let ended = "";
                    one.onCall = (call, number, moment) => {
                        if (number !== at || moment !== when) return;
                        ended = call;
                        first.stop.abort(new Error("killed"));
                    };
                    await assert.rejects(runTurn({ ...input, reboot }, first), /killed/, name);
                    const before = one.calls.length;
                    one.onCall = () => {};
                    await runTurn({ ...input, reboot }, one.sides()).catch((error: unknown) => {
                        throw new Error(`${name} (${ended}): ${messageOf(error)}\n${one.log.join("\n")}`);
                    });
                    assert.ok(one.calls.length > before);
                    assert.equal(one.reboots, 1, `${name} (${ended}): ${one.reboots} reboots`);
                    assert.equal(one.settled, true, name);
                    assertBack(one);
                }
            }
        }
    });

    it("goes on after a reason that has changed meanwhile, and takes the node again for it", async () => {
        const first = world.sides();
        world.onCall = (name, _, when) => {
            if (name === "settle" && when === "before") first.stop.abort(new Error("killed"));
        };
        await assert.rejects(runTurn(input, first), /killed/);
        world.onCall = () => {};
        await runTurn({ ...input, reason: "roll summer" }, world.sides());
        assert.equal(world.reboots, 2);
        assertBack(world);
    });
});
