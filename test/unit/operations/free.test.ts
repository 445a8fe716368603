import assert from "node:assert/strict";
import { freeText } from "../../../operations/cli/verbs/free.ts";
import { type FreeOptions, free } from "../../../operations/stuck/free.ts";
import { hangs, World } from "./stuck-world.ts";

const target = { namespace: "m3db", cluster: "hang" };

describe("m3perf free", () => {
    let world: World;
    let said: string[];
    let noted: string[];
    const run = (options: Partial<FreeOptions> = {}) =>
        free(world.kubernetes, {
            ...target,
            operatorNamespace: "m3db",
            dryRun: false,
            limit: 2,
            every: 0.001,
            settle: 0,
            say: (text) => said.push(text),
            note: (text) => noted.push(text),
            ...options,
        });
    const pod = "/api/v1/namespaces/m3db/pods/hang-rep0-0:7201/proxy/api/v1/services/m3db/namespace";
    const patch = "PATCH /apis/operator.m3db.io/v1alpha1/namespaces/m3db/m3dbclusters/hang";

    beforeEach(() => {
        world = new World();
        said = [];
        noted = [];
    });
    afterEach(() => assert.ok(!world.writes.some((line) => line.startsWith("DELETE"))));

    it("cause 1: wakes the operator once, then makes ready what the operator leaves", async () => {
        hangs.coordinator(world);
        const { found, did, now } = await run();
        assert.equal(found.stage, "coordinator");
        assert.equal(now.stage, "done");
        assert.deepEqual(world.writes, [patch, `POST ${pod}/ready`]);
        assert.match(JSON.stringify(world.bodies[0]), /^\{"metadata":\{"annotations":\{"m3perf.io\/woken-at":"2/);
        assert.match(did[0] ?? "", /^woke the operator: annotation m3perf\.io\/woken-at/);
        assert.deepEqual(said, [`m3db/hang is stuck: ${found.cause}`, ...did]);
    });

    it("cause 1: does not wake it before the external coordinator serves", async () => {
        hangs.coordinator(world);
        world.externalServes = false;
        setTimeout(() => {
            assert.deepEqual(world.writes, []);
            world.externalServes = true;
        }, 30);
        assert.equal((await run()).now.stage, "done");
        assert.match(noted[0] ?? "", /^waiting for hang-admin\.m3db:7201 to serve: HTTP 503/);
    });

    it("cause 2: creates what is missing as the M3DBCluster asks for it, then makes it ready once it is bootstrapped", async () => {
        hangs.namespaces(world);
        world.bootstrapping = 2;
        const { did, now } = await run();
        assert.equal(now.stage, "done");
        assert.deepEqual(world.writes, [`POST ${pod}`, ...Array(3).fill(`POST ${pod}/ready`)]);
        const { name, options } = world.bodies[0] as { name: string; options: { retentionOptions: object } };
        assert.equal(name, "default");
        assert.deepEqual(options.retentionOptions, {
            retentionPeriodNanos: "172800000000000",
            blockSizeNanos: "7200000000000",
            bufferFutureNanos: "600000000000",
            bufferPastNanos: "1200000000000",
            blockDataExpiry: false,
            blockDataExpiryAfterNotAccessPeriodNanos: "300000000000",
        });
        assert.equal(did.length, 2);
        assert.ok(noted.some((line) => /not yet ready/.test(line)));
    });

    it("cause 3: makes the namespaces ready and nothing else", async () => {
        hangs.ready(world);
        const { did } = await run();
        assert.deepEqual(world.writes, [`POST ${pod}/ready`]);
        assert.deepEqual(did, ["made the namespace default ready through hang-rep0-0"]);
    });

    it("does nothing where nothing is stuck, and says so", async () => {
        hangs.ready(world);
        world.namespaces.default = "READY";
        const freed = await run();
        assert.deepEqual([freed.found.stuck, freed.did, world.writes], [false, [], []]);
        assert.match(freeText(freed, target), /^m3db\/hang is not stuck: nothing was done\./);
    });

    it("does nothing to a cluster that only passes through such a state", async () => {
        hangs.coordinator(world);
        setTimeout(() => {
            world.operatorWakes();
            world.namespaces.default = "READY";
        }, 10);
        const { found } = await run({ settle: 0.05 });
        assert.deepEqual([found.stage, world.writes], ["done", []]);
    });

    it("with dryRun says what it would do and does nothing", async () => {
        for (const hang of Object.values(hangs)) {
            world = new World();
            hang(world);
            const freed = await run({ dryRun: true });
            assert.deepEqual([freed.now.stuck, freed.did, world.writes], [true, [], []]);
            assert.match(freeText(freed, target), /is stuck\.[\s\S]*m3perf free would: .*[\s\S]*Nothing was done/);
        }
    });

    it("leaves to a person what would cost data or what only the M3DBCluster can change", async () => {
        world.namespaces.precious = "READY";
        await assert.rejects(
            run(),
            /is not free[\s\S]*precious[\s\S]*what to do: kubectl -n m3db edit m3dbcluster hang/,
        );
        assert.deepEqual(world.writes, []);
    });

    it("ends at its limit with what is missing and the next step", async () => {
        hangs.coordinator(world);
        world.externalServes = false;
        await assert.rejects(
            run({ limit: 0.05 }),
            /m3db\/hang is not free\n {2}waiting for hang-admin\.m3db:7201 to serve[\s\S]*rollout restart statefulset\/m3db-operator/,
        );
        assert.deepEqual(world.writes, []);
    });
});
