import assert from "node:assert/strict";
import { gatewayGuards } from "../../../operations/checks/gateway.ts";
import { podsOnTheirNodes, podsReady } from "../../../operations/checks/pods.ts";
import { type Fake, healthy, pod } from "./healthy.ts";

/** A healthy environment with a gateway that does what it should. */
function guarded(): Fake {
    const fake = healthy();
    fake.context.environment.gateway = {
        service: "m3gateway",
        url: "http://m3gateway.m3db:7210",
        workload: { kind: "Deployment", name: "m3gateway", replicas: 2, selector: { app: "m3gateway" } },
        exclusive: true,
        identities: [
            { name: "eu-1", labels: { cluster: "eu-1" }, reads: "own", writes: true, secret: "m3gateway-eu-1" },
        ],
    };
    fake.pods["app=m3gateway"] = [pod("m3gateway-a", "worker-4"), pod("m3gateway-b", "worker-5")];
    const answers = {
        401: ["prom/remote/write", "prom/remote/read", "query", "labels"],
        404: ["services/m3db/placement", "json/write"],
    };
    for (const [status, paths] of Object.entries(answers)) {
        for (const name of ["m3gateway-a", "m3gateway-b"]) {
            for (const path of paths) fake.set(fake.podPath(name, 7210, `/api/v1/${path}`), {}, Number(status));
        }
    }
    return fake;
}

describe("checks: the gateway", () => {
    it("is well when it lets nobody in, and its pods are where they belong", async () => {
        const { context } = guarded();
        assert.deepEqual(await gatewayGuards.run(context), { ok: true, evidence: "2 pods; identities: eu-1" });
        for (const check of [podsReady, podsOnTheirNodes]) assert.ok((await check.run(context)).ok, check.id);
    });

    it("does not ask a pod that was evicted, which stays as Failed", async () => {
        const fake = guarded();
        const evicted = pod("m3gateway-0", "worker-4");
        evicted.status = { phase: "Failed", reason: "Evicted" };
        fake.pods["app=m3gateway"]?.push(evicted);
        for (const check of [gatewayGuards, podsReady, podsOnTheirNodes])
            assert.ok((await check.run(fake.context)).ok, check.id);
    });

    it("is not asked for where there are no identities", async () => {
        const verdict = await gatewayGuards.run(healthy().context);
        assert.deepEqual(verdict, { ok: true, evidence: "no identities are set, so there is no gateway" });
    });

    it("fails when one pod answers without a token, when one is mute, when there is none", async () => {
        const open = guarded();
        open.set(open.podPath("m3gateway-b", 7210, "/api/v1/query"), { status: "success" });
        const verdict = await gatewayGuards.run(open.context);
        assert.ok(!verdict.ok);
        assert.deepEqual(verdict.evidence, ["m3gateway-b: GET /api/v1/query answers 200 instead of 401"]);

        const mute = guarded();
        mute.answers.delete(mute.podPath("m3gateway-a", 7210, "/api/v1/labels"));
        const unheard = await gatewayGuards.run(mute.context);
        assert.ok(!unheard.ok);
        assert.deepEqual(unheard.evidence, ["m3gateway-a: GET /api/v1/labels answers 503 instead of 401"]);

        const none = guarded();
        none.pods["app=m3gateway"] = [];
        assert.equal((await gatewayGuards.run(none.context)).ok, false);
        const ready = await podsReady.run(none.context);
        assert.ok(!ready.ok);
        assert.deepEqual(ready.evidence, ["gateway: 0 pods instead of 2"]);
    });
});
