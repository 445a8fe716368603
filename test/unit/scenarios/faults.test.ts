import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { clusterHands } from "../../../operations/access/cluster-hands.ts";
import { exitCodes } from "../../../operations/cli/exit.ts";
import { FaultBook } from "../../../operations/scenarios/faults/book.ts";
import { type Fault, faultText, targetOf } from "../../../operations/scenarios/faults/fault.ts";
import type { Hands } from "../../../operations/scenarios/faults/hands.ts";
import { make, settled, undo } from "../../../operations/scenarios/faults/make.ts";
import { Journal } from "../../../operations/scenarios/journal.ts";
import { healAll } from "../../../operations/scenarios/run/leftovers.ts";
import { UserError } from "../../../support/errors.ts";
import type { HttpRequest } from "../../../support/http.ts";
import { at } from "./planted.ts";
import { FakeWorld, kubelet, quiet, removeScratch, scratch } from "./world.ts";

const etcd = { kind: "StatefulSet" as const, namespace: "m3db", name: "etcd" };
const two: Fault = { kind: "scale", workload: etcd, from: 3, to: 2 };
const one: Fault = { kind: "scale", workload: etcd, from: 2, to: 1 };
const restart: Fault = {
    kind: "restart",
    workload: { kind: "Deployment", namespace: "m3db", name: "m3coordinator" },
    selector: { app: "m3coordinator" },
};

const bookOf = (world: FakeWorld, hands: Hands) =>
    new FaultBook({
        journal: new Journal(world.journal),
        hands,
        run: { scenario: "planted", stack: "dev", folder: "/nowhere" },
        now: () => at(world.second),
        begin: () => () => {},
    });

after(removeScratch);

describe("scenarios: faults", () => {
    it("each has a text and a target for people", () => {
        const wipe: Fault = { kind: "wipe", namespace: "m3db", pod: "m3-cluster-rep2-0" };
        const settings: Fault = { kind: "settings", stack: "dev", change: { "m3db.env": {} } };
        assert.deepEqual(
            [kubelet("worker-1"), two, restart, wipe, settings].map(
                (fault) => `${targetOf(fault)}: ${faultText(fault)}`,
            ),
            [
                "worker-1: kubelet stopped",
                "StatefulSet etcd: scaled from 3 to 2 pods",
                "Deployment m3coordinator: all pods deleted",
                "m3-cluster-rep2-0: data deleted, pod restarted",
                "stack dev: settings changed: m3db.env",
            ],
        );
    });

    it("are undone in the other order, and only then waited for: coordinators need the etcd that was taken away after them", async () => {
        const world = new FakeWorld(await scratch());
        const hands = world.hands();
        const book = bookOf(world, hands);
        for (const fault of [two, one, restart]) await book.make(fault);
        world.did.length = 0;
        await book.heal();
        assert.deepEqual(world.did, [
            "scale etcd 2",
            "scale etcd 3",
            "wait for the pods of m3coordinator to be Ready",
            "wait for the pods of etcd to be Ready",
            "wait for the pods of etcd to be Ready",
        ]);
        assert.deepEqual(book.unhealed, []);
    });

    it("is tried again where a call gets no answer; what a later fault left undone does not keep the earlier one from it", async () => {
        const world = new FakeWorld(await scratch());
        const book = bookOf(world, world.hands());
        for (const fault of [two, one]) await book.make(fault);
        let failures = 3;
        world.onFault = (what) => {
            if (what.startsWith("scale") && failures-- > 0) throw new Error("no answer");
        };
        world.did.length = 0;
        await book.heal();
        assert.deepEqual(world.did.filter((what) => what.startsWith("scale")).slice(-2), [
            "scale etcd 2",
            "scale etcd 3",
        ]);
        const hands = new FakeWorld(await scratch()).hands();
        await hands.cluster.scale(etcd, 1);
        await undo(two, hands);
        assert.equal((await hands.cluster.workload(etcd)).wanted, 3);
    });

    it("a number of pods that other hands have changed since stays", async () => {
        const hands = new FakeWorld(await scratch()).hands();
        await hands.cluster.scale(etcd, 5);
        await undo(two, hands);
        assert.equal((await hands.cluster.workload(etcd)).wanted, 5);
    });

    it("a wiped pod has to be another one before the fault counts as made, and Ready before it counts as healed", async () => {
        const { cluster, ...others } = new FakeWorld(await scratch()).hands();
        const wipe: Fault = { kind: "wipe", namespace: "m3db", pod: "m3-cluster-rep2-0" };
        const seen: string[] = [];
        let uid = "a";
        const hands: Hands = {
            ...others,
            cluster: {
                ...cluster,
                exec: async (_, pod, script) => void seen.push(`${pod}: ${script}`),
                deletePod: async (_, pod, grace) => {
                    seen.push(`delete ${pod} ${grace}`);
                    uid = "b";
                },
                pod: async () => ({ uid, ready: false }),
            },
        };
        await make(wipe, hands);
        assert.match(seen[0] ?? "", /^m3-cluster-rep2-0: rm -rf \/var\/lib\/m3db\/data/);
        assert.equal(seen[1], "delete m3-cluster-rep2-0 1");
        await assert.rejects(settled(wipe, hands), /Ready/);
        uid = "a";
        const stays = { ...hands, cluster: { ...hands.cluster, deletePod: async () => {} } };
        await assert.rejects(make(wipe, stays), /to start again/);
    });

    it("what another process left in the journal is healed without it, from the data alone", async () => {
        const world = new FakeWorld(await scratch());
        const killed = new Journal(world.journal);
        killed.add({ at: at(1), fault: kubelet("worker-1"), scenario: "planted", stack: "dev", folder: "/nowhere" });
        killed.add({
            at: at(2),
            fault: { kind: "partition", node: "worker-2" },
            scenario: "planted",
            stack: "dev",
            folder: "/nowhere",
        });
        await healAll(new Journal(world.journal), world.hands(), quiet);
        assert.deepEqual(world.did, ["heal partition worker-2", "heal kubelet worker-1"]);
        assert.deepEqual(new Journal(world.journal).read(), []);
    });

    it("the journal is copied into the run's folder, and refuses what another version wrote", async () => {
        const folder = await scratch();
        const [file, copy] = [join(folder, "a/journal.json"), join(folder, "b/journal.json")];
        const journal = new Journal(file, () => copy);
        journal.add({ at: at(1), fault: two, scenario: "planted", stack: "dev", folder });
        assert.equal(readFileSync(file, "utf8"), readFileSync(copy, "utf8"));
        writeFileSync(file, JSON.stringify({ v: 2, made: [] }));
        const refused = (why: RegExp) => (error: unknown) =>
            error instanceof UserError && error.exitCode === exitCodes.unavailable && why.test(error.message);
        assert.throws(() => journal.read(), refused(/another version of m3perf \(2\)[\s\S]*heal what it names/));
        writeFileSync(journal.file, "{");
        assert.throws(() => journal.read(), refused(/cannot be read\n[\s\S]*JSON/));
    });
});

describe("scenarios: the cluster's API as faults use it", () => {
    it("scales by the scale subresource and trusts only what tells of the newest form", async () => {
        const calls: string[] = [];
        let observed = 1;
        const call = async (path: string, { method = "GET", body }: HttpRequest = {}) => {
            calls.push(`${method} ${path} ${JSON.stringify(body ?? null)}`);
            const set = {
                metadata: { generation: 2 },
                spec: { replicas: 2 },
                status: { readyReplicas: 3, observedGeneration: observed },
            };
            return { status: 200, body: JSON.stringify(set) };
        };
        const hands = clusterHands(call, {} as never);
        await hands.scale(etcd, 2);
        assert.equal(calls[0], 'PATCH /apis/apps/v1/namespaces/m3db/statefulsets/etcd/scale {"spec":{"replicas":2}}');
        const { wanted, ready } = await hands.workload(etcd);
        assert.deepEqual(
            [wanted, ready >= wanted, ready <= wanted],
            [2, false, false],
            "neither more nor less: unknown",
        );
        observed = 2;
        assert.equal((await hands.workload(etcd)).ready, 3);
    });

    it("a pod that is not there is no error; one that is going away is not Ready", async () => {
        const ready = { conditions: [{ type: "Ready", status: "True" }] };
        const going = { metadata: { name: "a", uid: "1", deletionTimestamp: "now" }, spec: {}, status: ready };
        const call = async (path: string) =>
            path.endsWith("/a") ? { status: 200, body: JSON.stringify(going) } : { status: 404, body: "" };
        const hands = clusterHands(call, {} as never);
        assert.deepEqual(await hands.pod("m3db", "a"), { uid: "1", ready: false });
        assert.equal(await hands.pod("m3db", "b"), undefined);
        await hands.deletePod("m3db", "b");
    });
});
