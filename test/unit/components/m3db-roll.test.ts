import assert from "node:assert/strict";
import type { V1Pod, V1StatefulSet } from "@kubernetes/client-node";
import { clusterRoll } from "../../../components/m3/m3db/inputs.ts";
import { lastWords, podState, setState } from "../../../components/m3/m3db/roll-live.ts";
import { roll } from "../../../components/m3/m3db/rolling.ts";
import { UserError } from "../../../support/errors.ts";
import { clusterPlan } from "./m3db-plan.ts";
import { placementOf, RollWorld, rollInput } from "./m3db-roll-world.ts";

const pace = { every: 0.001, linger: 0, patience: 0.03 };

function run(world: RollWorld, signal = new AbortController().signal): Promise<void> {
    const now = () => performance.now() / 1000;
    return roll(rollInput, { cluster: world.side, say: (line) => world.lines.push(line), signal, pace, now });
}

async function failure(world: RollWorld): Promise<string> {
    const error = await run(world).then(
        () => assert.fail("it did not fail"),
        (error: unknown) => error,
    );
    assert.ok(error instanceof UserError, String(error));
    return error.message;
}

describe("the roll of the database pods", () => {
    it("does nothing where every pod is as asked for, but remove old configurations", async () => {
        const world = new RollWorld("new", "new");
        await run(world);
        assert.deepEqual(world.journal, ["tidied, but for c-config-new"]);
    });

    it("takes one replica at a time, in order, and the next only when it serves", async () => {
        const world = new RollWorld("old", "new");
        await run(world);
        const each = (name: string) => [`c-${name} annotated`, `c-${name} updated`, `c-${name} restarted`];
        assert.deepEqual(world.journal, [...["rep0", "rep1", "rep2"].flatMap(each), "tidied, but for c-config-new"]);
        assert.equal(world.away, 1);
        assert.ok(
            world.lines.includes("  c-rep0-0: env M3PERF_POD_DIGEST is old, asked is new"),
            world.lines.join("\n"),
        );
    });

    it("asks again where the operator did not know the new spec yet", async () => {
        const world = new RollWorld("old", "new");
        world.stale = 1;
        await run(world);
        assert.deepEqual(world.journal.slice(0, 4), [
            "c-rep0 annotated",
            "c-rep0 updated",
            "c-rep0 annotated",
            "c-rep0 updated",
        ]);
        assert.equal(world.away, 1);
    });

    it("goes on after an interruption: with what was begun, without what was done", async () => {
        const world = new RollWorld("old", "new");
        Object.assign(world.at("c-rep0"), { template: "new", pod: "new" });
        Object.assign(world.at("c-rep1"), { template: "new", pod: "old" }); // the operator had seen it
        await run(world);
        assert.deepEqual(world.journal, [
            "c-rep1 restarted",
            "c-rep2 annotated",
            "c-rep2 updated",
            "c-rep2 restarted",
            "tidied, but for c-config-new",
        ]);
    });

    for (const [what, spoil, text] of [
        [
            "another replica is away",
            (world) => (world.fate.old = "CrashLoopBackOff"),
            /c-rep1-0 on n: not bootstrapped/,
        ],
        ["etcd has no majority", (world) => (world.etcdHealthy = 1), /etcd has no quorum: 1 of 3 members/],
        [
            "a shard is not there yet",
            (world) => (world.placement = placementOf("INITIALIZING")),
            /1 of 1 shards INITIALIZING/,
        ],
    ] satisfies [string, (world: RollWorld) => unknown, RegExp][]) {
        it(`takes none while ${what}`, async () => {
            const world = new RollWorld("old", "new");
            if (what === "another replica is away") {
                // As it is, and not to be mended by the roll.
                Object.assign(world.at("c-rep1"), { template: "new", pod: "new", serves: false });
                world.fate.new = "Pending";
            } else spoil(world);
            const message = await failure(world);
            assert.match(message, /it is not safe to restart c-rep0 \(waited 0.1 s\)/);
            assert.match(message, text);
            assert.deepEqual(world.journal, []);
        });
    }

    it("stops at a replica that does not come back, with its pod's and its log's words, and leaves the others", async () => {
        const world = new RollWorld("old", "bad");
        world.fate.bad = "CrashLoopBackOff: ended with 1 (Error)";
        const message = await failure(world);
        assert.match(message, /^c-rep0 did not come back; the replicas after it are untouched/);
        assert.match(message, /c-rep0-0: CrashLoopBackOff: ended with 1 \(Error\) \(\d+ restarts\)/);
        assert.match(message, /why: field foo not found/);
        assert.match(message, /correct the setting and run this again: it begins with c-rep0/);
        assert.deepEqual(world.journal, ["c-rep0 annotated", "c-rep0 updated", "c-rep0 restarted"]);
        assert.equal(world.away, 1);
    });

    it("begins with the broken replica once the setting is right, around an operator that would wait for it", async () => {
        const world = new RollWorld("old", "bad");
        world.fate.bad = "ImagePullBackOff";
        Object.assign(world.at("c-rep0"), { template: "older", pod: "older" });
        Object.assign(world.at("c-rep1"), { template: "bad", pod: "bad", serves: false, trouble: "ImagePullBackOff" });
        world.wanted = "good";
        await run(world);
        assert.deepEqual(world.journal.slice(0, 4), [
            "c-rep1 orphaned",
            "c-rep1 made",
            "c-rep1 restarted",
            "c-rep0 annotated",
        ]);
        assert.equal(world.away, 1, "never more than the one that was broken");
    });

    it("mends a first start with a wrong setting: what does not serve needs no protection", async () => {
        const world = new RollWorld("bad", "good");
        world.fate.bad = "CrashLoopBackOff";
        world.placement = { problem: "no database pod runs that could tell it" };
        for (const replica of Object.values(world.replicas)) Object.assign(replica, { serves: false, trouble: "x" });
        await run(world);
        assert.equal(world.journal.filter((line) => line.endsWith("orphaned")).length, 3, world.journal.join("\n"));
    });

    it("ends at once when it is stopped", async () => {
        const world = new RollWorld("old", "new");
        world.etcdHealthy = 0;
        const stop = new AbortController();
        const running = run(world, stop.signal);
        stop.abort(new Error("SIGTERM"));
        await assert.rejects(running, /SIGTERM/);
    });

    it("is given what pods are made of: another digest is another run", () => {
        const input = clusterRoll(clusterPlan(), 3);
        assert.deepEqual(input.sets, ["m3-cluster-rep0", "m3-cluster-rep1", "m3-cluster-rep2"]);
        assert.notEqual(clusterRoll(clusterPlan({ env: { A: "b" } }), 3).digest, input.digest);
        assert.equal(clusterRoll(clusterPlan({ instancesPerGroup: 3 }), 3).digest, input.digest);
    });
});

describe("the last words of a pod that does not come back", () => {
    const gone = "unable to retrieve container logs for containerd://c765";
    const cases: [string, string | Error, string | Error, string][] = [
        ["are those of the run before", "field foo not found\n", "starting", "field foo not found"],
        [
            "are those of the run that has just ended, where the log before it is removed",
            gone,
            "field foo",
            "field foo",
        ],
        ["are those of the only run", new Error("previous terminated container not found"), "field foo", "field foo"],
        ["are none, where every log is removed", gone, gone, ""],
    ];
    for (const [title, before, now, expected] of cases) {
        it(title, async () => {
            const read = async (previous: boolean) => {
                const answer = previous ? before : now;
                if (answer instanceof Error) throw answer;
                return answer;
            };
            assert.equal(await lastWords(read), expected);
        });
    }
});

describe("what the roll sees", () => {
    const set = (status: object, annotations = {}): V1StatefulSet => ({
        metadata: { generation: 2, uid: "u", annotations },
        spec: {
            replicas: 2,
            serviceName: "s",
            selector: {},
            template: { spec: { containers: [{ name: "sidecar" }, { name: "c-rep0", image: "i" }] } },
        },
        status: { replicas: 2, ...status },
    });

    it("a StatefulSet: updated only when its controller knows its newest template and every pod has it", () => {
        const known = { observedGeneration: 2, readyReplicas: 1 };
        const seen = setState(
            "c-rep0",
            set({ ...known, updatedReplicas: 2 }, { "operator.m3db.io/update": "enabled" }),
        );
        assert.deepEqual(seen, {
            name: "c-rep0",
            uid: "u",
            container: { name: "c-rep0", image: "i" },
            allowed: true,
            replicas: 2,
            ready: 1,
            updated: true,
        });
        const revisions = { currentRevision: "a", updateRevision: "b" };
        assert.equal(setState("c-rep0", set({ ...known, ...revisions, updatedReplicas: 1 })).updated, false);
        assert.equal(setState("c-rep0", set({ observedGeneration: 1, updatedReplicas: 2 })).updated, false);
    });

    const troubles: [string, object, string | undefined][] = [
        ["a pod that starts", { state: { waiting: { reason: "ContainerCreating" } } }, undefined],
        ["a pod that runs", { ready: true, restartCount: 2, state: { running: {} } }, undefined],
        [
            "an image that is not there",
            { state: { waiting: { reason: "ImagePullBackOff", message: "not found" } } },
            "ImagePullBackOff: not found",
        ],
        [
            "a container that ends again and again",
            {
                restartCount: 2,
                state: { waiting: { reason: "CrashLoopBackOff", message: "back-off 10s" } },
                lastState: { terminated: { exitCode: 1, reason: "Error" } },
            },
            "CrashLoopBackOff: ended with 1 (Error)",
        ],
        [
            "the same, between two ends",
            {
                restartCount: 1,
                state: { running: {} },
                lastState: { terminated: { exitCode: 137, reason: "OOMKilled" } },
            },
            "ended with 137 (OOMKilled)",
        ],
    ];
    for (const [what, status, trouble] of troubles) {
        it(what, () => {
            const containerStatuses = [{ name: "c-rep0", ready: false, restartCount: 0, ...status }];
            const pod = { metadata: { name: "c-rep0-0" }, status: { containerStatuses } } as V1Pod;
            assert.equal(podState("c-rep0", pod).trouble, trouble);
        });
    }

    it("a pod that no node takes", () => {
        const conditions = [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message: "no room" }];
        const pod = { metadata: { name: "c-rep0-0" }, status: { conditions } } as V1Pod;
        assert.equal(podState("c-rep0", pod).trouble, "Unschedulable: no room");
    });
});
