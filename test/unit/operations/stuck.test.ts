import assert from "node:assert/strict";
import { m3dbStuck } from "../../../operations/checks/m3db-stuck.ts";
import { type Diagnosis, diagnose } from "../../../operations/stuck/cause.ts";
import { endpointOf } from "../../../operations/stuck/endpoint.ts";
import { lookAt } from "../../../operations/stuck/evidence.ts";
import { chooseCluster } from "../../../operations/stuck/target.ts";
import { healthy } from "./healthy.ts";
import { hangs, World } from "./stuck-world.ts";

async function diagnosisOf(change: (world: World) => void): Promise<Diagnosis> {
    const world = new World();
    change(world);
    const diagnosis = diagnose((await lookAt(world.kubernetes, world.cluster, "m3db")).evidence);
    assert.deepEqual(world.writes, [], "a look changes nothing");
    return diagnosis;
}

/** As the operator leaves it once it has made the placement. */
function placed(world: World): void {
    world.cluster.status = { conditions: [{ type: "PlacementInitialized", status: "True" }] };
}

/** One line for each state that a bring-up can be in. */
const states: { title: string; stage: Diagnosis["stage"]; cause: RegExp; seen?: RegExp; change(world: World): void }[] =
    [
        {
            title: "cause 1, the external coordinator still away",
            stage: "coordinator",
            cause: /hang-admin\.m3db:7201\) does not serve: the operator tries for 15 s/,
            seen: /serviceEndpoint hang-admin\.m3db:7201: silent \(HTTP 503/,
            change: (world) => {
                world.externalServes = false;
            },
        },
        {
            title: "cause 1, the external coordinator back and the operator not",
            stage: "coordinator",
            cause: /gave up while the coordinator/,
            seen: /placement, asked through hang-rep0-0: none/,
            change: hangs.coordinator,
        },
        {
            title: "cause 1, with database pods that have no coordinator in them",
            stage: "coordinator",
            cause: /does not serve/,
            change: (world) => {
                world.podServes = false;
                world.externalServes = false;
            },
        },
        {
            title: "a namespace added while the coordinator was away",
            stage: "coordinator",
            cause: /gave up/,
            change: (world) => {
                world.instances = 1;
            },
        },
        {
            title: "cause 2: a placement made beforehand, no namespace",
            stage: "namespaces",
            cause: /placement was there before the namespaces/,
            seen: /database pods Ready: 0 of 1[\s\S]*1 of 1 instances[\s\S]*default absent/,
            change: hangs.namespaces,
        },
        {
            title: "cause 2 without an external coordinator",
            stage: "namespaces",
            cause: /placement was there before the namespaces/,
            seen: /no externalCoordinator; asked is m3coordinator-hang\.m3db:7201/,
            change: (world) => {
                hangs.namespaces(world);
                delete world.cluster.spec.externalCoordinator;
            },
        },
        {
            title: "cause 3: namespaces that nobody made ready",
            stage: "ready",
            cause: /with externalCoordinator the operator returns before it calls \/namespace\/ready/,
            seen: /default UNKNOWN/,
            change: hangs.ready,
        },
        {
            title: "cause 3 through the external coordinator alone",
            stage: "ready",
            cause: /namespace\/ready/,
            seen: /asked through hang-admin\.m3db:7201/,
            change: (world) => {
                hangs.ready(world);
                world.podServes = false;
            },
        },
        {
            title: "a placement that was made and is gone: etcd was emptied",
            stage: "emptied",
            cause: /the placement was made and is gone: etcd was emptied or lost/,
            seen: /PlacementInitialized: True[\s\S]*placement, asked through hang-rep0-0: gone/,
            change: placed,
        },
        {
            title: "the same with database pods that restart, and a frozen cluster",
            stage: "emptied",
            cause: /is gone/,
            change: (world) => {
                placed(world);
                world.podReady = false;
                world.cluster.spec.frozen = true;
            },
        },
        {
            title: "pods that do not run yet",
            stage: "starting",
            cause: /do not run yet/,
            change: (world) => {
                world.podReady = false;
                world.podServes = false;
            },
        },
        {
            title: "a cluster that is being deleted",
            stage: "starting",
            cause: /deleted/,
            change: (world) => {
                world.cluster.metadata.deletionTimestamp = "2026-11-27T07:00:00Z";
            },
        },
        {
            title: "a frozen cluster",
            stage: "halted",
            cause: /spec\.frozen/,
            change: (world) => {
                world.cluster.spec.frozen = true;
            },
        },
        {
            title: "an endpoint with http://",
            stage: "halted",
            cause: /given with a scheme/,
            seen: /http:\/\/hang-admin\.m3db:7201: not an address/,
            change: (world) => {
                world.cluster.spec.externalCoordinator = { serviceEndpoint: "http://hang-admin.m3db:7201" };
            },
        },
        {
            title: "no namespace asked for",
            stage: "halted",
            cause: /spec\.namespaces is empty/,
            change: (world) => {
                hangs.namespaces(world);
                world.cluster.spec.namespaces = [];
            },
        },
        {
            title: "a namespace that the woken operator would delete",
            stage: "halted",
            cause: /\(precious\).* deletes them with their data/,
            seen: /not asked for: precious/,
            change: (world) => {
                world.namespaces.precious = "READY";
            },
        },
        {
            title: "nobody to ask, and no way to see the coordinator",
            stage: "untold",
            cause: /no coordinator answers/,
            change: (world) => {
                world.podServes = false;
                world.cluster.spec.externalCoordinator = { serviceEndpoint: "10.1.2.3:7201" };
            },
        },
        {
            title: "a cluster that is up",
            stage: "done",
            cause: /READY/,
            change: (world) => {
                world.instances = 1;
                world.namespaces.default = "READY";
            },
        },
    ];

describe("a bring-up that hangs", () => {
    for (const { title, stage, cause, seen, change } of states) {
        it(`is known: ${title}`, async () => {
            const diagnosis = await diagnosisOf(change);
            assert.equal(diagnosis.stage, stage, diagnosis.evidence.join("\n"));
            assert.match(diagnosis.cause, cause);
            if (seen) assert.match(diagnosis.evidence.join("\n"), seen);
            const freeable = ["coordinator", "namespaces", "ready"].includes(stage);
            assert.equal(diagnosis.remedy !== "", freeable);
            assert.equal(diagnosis.next !== "", diagnosis.stuck && !freeable, "a next step for a person");
        });
    }

    it("has its endpoint looked for where the operator would find it", () => {
        const at = (serviceEndpoint: string) => {
            const { service, malformed } = endpointOf(
                { metadata: { name: "c", namespace: "n" }, spec: { externalCoordinator: { serviceEndpoint } } },
                "operators",
            );
            return malformed ? "malformed" : service && `${service.namespace}/${service.name}:${service.port}`;
        };
        assert.equal(at("admin.n:7201"), "n/admin:7201");
        assert.equal(at("admin:7201"), "operators/admin:7201", "a bare name is resolved in the operator's namespace");
        assert.equal(at("admin.n.svc.cluster.local:7201"), "n/admin:7201");
        assert.equal(at("admin.n"), "n/admin:80");
        assert.equal(at("http://admin.n:7201"), "malformed");
        assert.equal(at("coordinator.example.com:7201"), undefined);
        assert.equal(at("10.0.0.1:7201"), undefined);
    });

    it("is the one that is meant: named, the environment's own, or the only one", () => {
        assert.equal(chooseCluster(["a", "b"], "n", "b", "a"), "b");
        assert.equal(chooseCluster(["a", "b"], "n", undefined, "a"), "a");
        assert.equal(chooseCluster(["b"], "n", undefined, "a"), "b");
        assert.throws(() => chooseCluster(["a", "b"], "n"), /which of the M3DBClusters of n is meant\?[\s\S]*a, b/);
        assert.throws(() => chooseCluster(["a"], "n", "c"), /no M3DBCluster c in n[\s\S]*there are: a/);
        assert.throws(() => chooseCluster([], "n"), /no M3DBCluster in n[\s\S]*--namespace/);
    });
});

describe("check m3db.stuck", () => {
    it("sees a cluster of other hands in the environment's namespace, with the command that frees it", async () => {
        const world = new World();
        hangs.ready(world);
        const context = { ...healthy().context, kubernetes: world.kubernetes };
        const verdict = await m3dbStuck.run(context);
        assert.ok(!verdict.ok);
        assert.match(verdict.evidence.join("\n"), /^hang: namespaces: default UNKNOWN$/m);
        assert.match(verdict.cause, /returns before it calls \/namespace\/ready/);
        assert.match(verdict.next, /^m3perf free --cluster hang, which does this: POST /);
    });

    it("names the environment's own cluster by no option", async () => {
        const world = new World();
        hangs.coordinator(world);
        const context = { ...healthy().context, kubernetes: world.kubernetes };
        context.environment.cluster.name = "hang";
        const verdict = await m3dbStuck.run(context);
        assert.ok(!verdict.ok);
        assert.match(verdict.next, /^m3perf free, which does this: wait until .* then wake the operator/);
    });

    it("says what brings an emptied etcd back, which m3perf free cannot", async () => {
        const world = new World();
        placed(world);
        const verdict = await m3dbStuck.run({ ...healthy().context, kubernetes: world.kubernetes });
        assert.ok(!verdict.ok);
        assert.match(verdict.next, /^m3perf etcd restore FILE/);
    });

    it("leaves a cluster that is only starting to the other checks", async () => {
        const world = new World();
        world.podReady = false;
        world.podServes = false;
        const verdict = await m3dbStuck.run({ ...healthy().context, kubernetes: world.kubernetes });
        assert.deepEqual(verdict, { ok: true, evidence: "hang is starting" });
    });
});
