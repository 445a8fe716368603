import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { openKubernetes } from "../../operations/access/kubernetes.ts";
import type { Freed } from "../../operations/stuck/free.ts";
import { labDir } from "../../support/paths.ts";
import { waitFor } from "../../support/wait.ts";
import {
    kubectl,
    kubectlJson,
    lab,
    m3perf,
    m3perfJson,
    settingsWith,
    standsOn,
    type UpJson,
    type VerifyJson,
} from "./environment.ts";
import { Hang } from "./hang.ts";

/** Seconds for which nothing may come on by itself, or it was no hang. */
const stays = 20;
const operator = "statefulset/m3db-operator";

describe("e2e: why externalCoordinator hangs, each cause made, recognised and freed", function () {
    this.timeout(15 * 60_000);
    let hang: Hang | undefined;

    const make = async (namespace: string, cluster: string): Promise<Hang> => {
        hang = new Hang(await openKubernetes(labDir(lab, "kubeconfig"), null), namespace, cluster);
        // Its look at everything every five minutes would free some of it by itself in the middle of a test.
        await kubectl("-n", "m3db", "delete", "pod", "-l", "app=m3db-operator");
        await kubectl("-n", "m3db", "rollout", "status", operator, "--timeout=120s");
        return hang;
    };
    const stuckCheck = async (code: number) => {
        const { checks } = await m3perfJson<VerifyJson>(["verify", "--only", "m3db.stuck"], code);
        const [check] = checks;
        assert.ok(check);
        return { ...check, seen: check.evidence.join("\n") };
    };
    const freedBy = async (cluster: string, words: string[] = []) => {
        const options = ["--cluster", cluster, ...words];
        const dry = await m3perfJson<Freed>(["free", ...options, "--dry-run"], 1);
        assert.deepEqual(dry.did, []);
        const freed = await m3perfJson<Freed>(["free", ...options]);
        assert.equal(freed.now.stage, "done");
        assert.equal(dry.found.stage, freed.found.stage);
        return freed;
    };

    before(() => standsOn("up", "up"));
    afterEach(async () => {
        await hang?.remove();
        hang = undefined;
    });

    it("cause 1: an external coordinator that came too late", async () => {
        const cluster = await make("m3db", "hang-1");
        await cluster.prepare(0);
        await cluster.create();
        // Events that came while it tried make it try once more: it has given up when nothing is tried for longer than 15 s.
        let last = { errors: 0, at: Date.now() };
        await waitFor({ what: "the operator to give up", timeout: 150, every: 2 }, async () => {
            const log = await kubectl("-n", "m3db", "logs", operator);
            const errors = log.split("error syncing 'm3db/hang-1'").length - 1;
            if (errors !== last.errors) last = { errors, at: Date.now() };
            return errors > 0 && (await cluster.ready()) && Date.now() - last.at > 25_000;
        });
        const away = await stuckCheck(1);
        assert.match(away.cause ?? "", /hang-1-admin\.m3db:7201\) does not serve: the operator tries for 15 s/);

        await cluster.startCoordinator();
        await sleep(stays * 1000);
        assert.equal(await cluster.hasPlacement(), false, "it came on by itself");
        const back = await stuckCheck(1);
        assert.match(back.cause ?? "", /gave up while the coordinator that it asks \(hang-1-admin\.m3db:7201\)/);
        assert.match(back.seen, /hang-1: placement, asked through hang-1-rep0-0: none/);
        assert.match(back.next ?? "", /^m3perf free --cluster hang-1, which does this: /);

        const { did } = await freedBy("hang-1");
        assert.match(did.join("\n"), /^woke the operator: .*\nmade the namespace default ready/);
        assert.deepEqual(await cluster.namespaces(), { default: "READY" });
        await cluster.writesAndReads();
    });

    it("cause 2: a placement made by hand before the operator came to it", async () => {
        const cluster = await make("m3db", "hang-2");
        await cluster.prepare(1);
        await cluster.initPlacement();
        await cluster.create();
        await waitFor({ what: "the database to wait for its namespaces", timeout: 120, every: 2 }, async () => {
            return (await cluster.database("/health")).status === 200;
        });
        await sleep(stays * 1000);
        assert.equal(await cluster.ready(), false);
        assert.deepEqual(await cluster.namespaces(), {}, "it came on by itself");
        const check = await stuckCheck(1);
        assert.match(check.cause ?? "", /the placement was there before the namespaces/);
        assert.match(check.seen, /hang-2: database pods Ready: 0 of 1/);

        const { did } = await freedBy("hang-2");
        assert.match(did.join("\n"), /^created the namespace default through .*\nmade the namespace default ready/);
        assert.deepEqual(await cluster.namespaces(), { default: "READY" });
        await cluster.writesAndReads();
        await waitFor({ what: "the operator to come to its end", timeout: 60, every: 2 }, () => cluster.ready());
    });

    it("cause 3: namespaces that nobody made ready, in another namespace", async () => {
        await kubectl("create", "namespace", "hang");
        try {
            const cluster = await make("hang", "hang-3");
            await cluster.prepare(1);
            await cluster.create();
            await waitFor({ what: "the operator to make the namespace", timeout: 120, every: 2 }, async () => {
                return "default" in (await cluster.namespaces());
            });
            await sleep(stays * 1000);
            assert.notEqual((await cluster.namespaces()).default, "READY", "it came on by itself");
            const refused = await cluster.write(1, Math.floor(Date.now() / 1000));
            assert.equal(refused.status, 500);
            assert.match(refused.body, /unaggregated namespace is not yet initialized/);
            assert.equal((await stuckCheck(0)).ok, true, "it is not of the environment's namespace");

            const { found, did } = await freedBy("hang-3", ["--namespace", "hang"]);
            assert.match(
                found.cause,
                /with externalCoordinator the operator returns before it calls \/namespace\/ready/,
            );
            assert.match(did.join("\n"), /^made the namespace default ready through hang-3-rep0-0$/);
            assert.deepEqual(await cluster.namespaces(), { default: "READY" });
            await cluster.writesAndReads();
            await cluster.remove();
        } finally {
            hang = undefined;
            await kubectl("delete", "namespace", "hang", "--timeout=120s");
        }
    });

    it("the environment beside them stayed as it was, and free finds nothing to do in it", async () => {
        const { code, stdout } = await m3perf(["verify", "--wait", "120"]);
        assert.equal(code, 0, stdout);
        const free = await m3perf(["free"]);
        assert.equal(free.code, 0, free.stderr);
        assert.match(free.stdout, /m3db\/m3-cluster is not stuck: nothing was done/);
    });
});

describe("e2e: m3perf:m3db.externalCoordinator", function () {
    this.timeout(25 * 60_000);
    let on: string;
    const endpoint = async () => {
        const { spec } = await kubectlJson<{ spec: { externalCoordinator?: { serviceEndpoint: string } } }>(
            ...["-n", "m3db", "get", "m3dbcluster", "m3-cluster"],
        );
        return spec.externalCoordinator?.serviceEndpoint;
    };
    const admins = async () =>
        (await kubectlJson<{ items: object[] }>("-n", "m3db", "get", "deployments", "-l", "app=m3admin")).items.length;

    before(async () => {
        standsOn("up", "up");
        on = await settingsWith({ "m3perf:m3db": { externalCoordinator: true } });
    });

    it("comes up from nothing, verified, by the safe sequence", async () => {
        await m3perfJson(["down", "--keep-lab"]);
        const result = await m3perfJson<UpJson>(["up", "--settings", on]);
        assert.equal(result.failed, 0);
        assert.deepEqual([await endpoint(), await admins()], ["m3admin.m3db:7201", 1]);
        const log = await kubectl("-n", "m3db", "logs", "-l", "app=m3-setup", "--tail=-1");
        assert.match(log, /made the namespace default ready[\s\S]*made the namespace metrics-10s_2d ready/);
    });

    it("is switched off and on again on the running environment", async () => {
        const off = await m3perfJson<UpJson>(["up"]);
        assert.equal(off.failed, 0);
        assert.deepEqual([await endpoint(), await admins()], [undefined, 0]);
        const again = await m3perfJson<UpJson>(["up", "--settings", on]);
        assert.equal(again.failed, 0);
        assert.deepEqual([await endpoint(), await admins()], ["m3admin.m3db:7201", 1]);
    });

    it("leaves the default behind for the stages that follow", async () => {
        assert.equal((await m3perfJson<UpJson>(["up"])).failed, 0);
        assert.equal(await endpoint(), undefined);
        assert.equal((await m3perfJson<UpJson>(["preview"])).unchanged, true);
    });
});
