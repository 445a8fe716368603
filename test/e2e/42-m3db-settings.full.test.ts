import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { type Kubernetes, openKubernetes } from "../../operations/access/kubernetes.ts";
import { labDir } from "../../support/paths.ts";
import { byAge, loadAddresses, memory, namespaces, pods, podsNow, retentionOf, uids, watch } from "./database-pods.ts";
import { kubectl, kubectlJson, lab, m3perf, m3perfJson, settingsWith, standsOn, type UpJson } from "./environment.ts";
import { lossesOf, type SteadyLoad, startLoad } from "./steady-load.ts";

const raw = { name: "default", retention: "48h" };
const aggregated = { name: "metrics-10s_2d", retention: "48h", resolution: "10s" };
const added = { name: "metrics-1m_4d", retention: "96h", resolution: "1m" };

describe("e2e: M3DB's settings, changed one at a time under a steady write load", function () {
    this.timeout(40 * 60_000);
    let kubernetes: Kubernetes;
    let addresses: { write: string[]; read: string };
    let load: SteadyLoad;

    before(async () => {
        standsOn("up", "up");
        kubernetes = await openKubernetes(labDir(lab, "kubeconfig"), null);
        addresses = await loadAddresses();
        load = startLoad(addresses.write, 32555);
    });

    const small = { pools: "small", env: { GOGC: "60" } };
    const m3db = (settings: object) => settingsWith({ "m3perf:m3db": settings });
    it("runs the configuration of this project, the one that the M3DBCluster names", async () => {
        const { spec } = await kubectlJson<{ spec: { configMapName: string } }>(
            "-n",
            "m3db",
            "get",
            "m3dbcluster",
            "m3-cluster",
        );
        assert.match(spec.configMapName, /^m3-cluster-config-[0-9a-f]{7,8}$/);
        for (const pod of await podsNow())
            assert.ok(
                pod.spec.volumes.some(({ configMap }) => configMap?.name === spec.configMapName),
                pod.metadata.name,
            );
        console.log(`      pools: default: ${(await memory(kubernetes)).join("; ")}`);
    });

    it("rolls another variable and other pools, one replica at a time, the next when the one before serves", async () => {
        const before = await uids();
        const settings = await m3db(small);
        const seen = watch(kubernetes);
        const { code, stdout, stderr } = await m3perf(["up", "--settings", settings]);
        await seen.stop();
        assert.equal(code, 0, stderr + stdout);
        assert.ok(seen.rounds > 10, `only ${seen.rounds} looks`);
        assert.equal(seen.most, 1, "replicas away at once");
        assert.deepEqual(await byAge(), pods);
        const after = await uids();
        for (const pod of pods) assert.notEqual(after[pod], before[pod], pod);
        for (const { metadata, spec } of await podsNow()) {
            const gogc = spec.containers[0]?.env.find(({ name }) => name === "GOGC");
            assert.equal(gogc?.value, "60", metadata.name);
        }
        const configs = (
            await kubectl("-n", "m3db", "get", "configmaps", "-l", "m3perf.io/m3db-config", "-o", "name")
        ).trim();
        assert.equal(configs.split("\n").length, 1, `old configurations are left: ${configs}`);
        await sleep(20_000); // idle but for the load: what the start left behind is collected
        console.log(`      pools: small: ${(await memory(kubernetes)).join("; ")}`);
    });

    it("has nothing to do the second time", async () => {
        const again = await m3perfJson<UpJson>(["up", "--settings", await m3db(small)]);
        assert.equal(again.unchanged, true, JSON.stringify(again.changes));
    });

    it("adds a namespace, and restarts no pod for it", async () => {
        const before = await uids();
        await m3perfJson<UpJson>(["up", "--settings", await m3db({ ...small, namespaces: [raw, aggregated, added] })]);
        assert.deepEqual(await namespaces(kubernetes), [
            "default READY",
            "metrics-10s_2d READY",
            "metrics-1m_4d READY",
        ]);
        assert.deepEqual(await uids(), before);
    });

    it("refuses to lose one that is not declared any more, at preview and at up, and a shorter retention", async () => {
        for (const verb of ["preview", "up"]) {
            const { code, stdout, stderr } = await m3perf([verb, "--settings", await m3db(small)]);
            assert.notEqual(code, 0, `${verb} did not refuse`);
            assert.match(stderr + stdout, /would delete metrics-1m_4d \(96h at 1m\) with all samples in it/, verb);
            assert.match(stderr + stdout, /removeNamespaces: \[metrics-1m_4d\]/, verb);
        }
        const shorter = { ...small, namespaces: [{ ...raw, retention: "24h" }, aggregated, added] };
        const { code, stdout, stderr } = await m3perf(["preview", "--settings", await m3db(shorter)]);
        assert.notEqual(code, 0);
        assert.match(stderr + stdout, /default: changes retention from 48h to 24h/);
        assert.match(stderr + stdout, /shortenRetention: \[default\]/);
        assert.equal((await namespaces(kubernetes)).length, 3);
    });

    it("removes it with the word for it, and only that one", async () => {
        const before = await uids();
        await m3perfJson<UpJson>(["up", "--settings", await m3db({ ...small, removeNamespaces: ["metrics-1m_4d"] })]);
        assert.deepEqual(await namespaces(kubernetes), ["default READY", "metrics-10s_2d READY"]);
        assert.deepEqual(await uids(), before);
    });

    const kept = [{ ...raw, retention: "72h" }, aggregated];
    const smallAndLonger = { ...small, namespaces: kept };

    it("keeps samples longer: M3 is told, and every database pod restarted once, one replica at a time", async () => {
        const before = await uids();
        const seen = watch(kubernetes);
        const result = await m3perfJson<UpJson>(["up", "--settings", await m3db(smallAndLonger)]);
        await seen.stop();
        assert.equal(result.failed, 0);
        assert.equal(seen.most, 1, "replicas away at once");
        assert.deepEqual(await byAge(), pods);
        const after = await uids();
        for (const pod of pods) assert.notEqual(after[pod], before[pod], pod);
        assert.equal(await retentionOf(kubernetes, "default"), "259200000000000");
        assert.equal((await kubectl("-n", "m3db", "get", "configmap", "-o", "name")).includes("-retention"), false);
        const again = await m3perfJson<UpJson>(["up", "--settings", await m3db(smallAndLonger)]);
        assert.equal(again.unchanged, true, JSON.stringify(again.changes));
    });

    const resized = { ...smallAndLonger, memory: "1536Mi", cpu: "400m" };

    it("gives database pods other resources, one replica at a time", async () => {
        const seen = watch(kubernetes);
        const result = await m3perfJson<UpJson>(["up", "--settings", await m3db(resized)]);
        await seen.stop();
        assert.equal(result.failed, 0);
        assert.equal(seen.most, 1, "replicas away at once");
        for (const { spec } of await podsNow()) {
            const { requests, limits } = spec.containers[0]?.resources ?? {};
            assert.deepEqual([requests?.cpu, requests?.memory, limits?.memory], ["400m", "1536Mi", "1536Mi"]);
        }
    });

    it("gives them another image, one replica at a time", async () => {
        // The same build by its digest: another reference, as a new version is.
        const [status] = (await podsNow()).flatMap(({ status }) => status.containerStatuses);
        const digest = /sha256:[0-9a-f]{64}/.exec(status?.imageID ?? "")?.[0];
        assert.ok(digest, status?.imageID);
        const m3dbnode = `quay.io/m3db/m3dbnode:v1.5.0@${digest}`;
        const settings = await settingsWith({ "m3perf:m3db": resized, "m3perf:images": { m3dbnode } });
        const seen = watch(kubernetes);
        const result = await m3perfJson<UpJson>(["up", "--settings", settings]);
        await seen.stop();
        assert.equal(result.failed, 0);
        assert.equal(seen.most, 1, "replicas away at once");
        assert.deepEqual(await byAge(), pods);
        for (const { spec } of await podsNow()) assert.equal(spec.containers[0]?.image, m3dbnode);
        await m3perfJson<UpJson>(["up", "--settings", await m3db(resized)]);
    });

    it("changes the number of coordinators, down and up", async () => {
        const settings = await settingsWith({ "m3perf:m3db": resized, "m3perf:coordinator": { replicas: 1 } });
        for (const file of [settings, await m3db(resized)]) {
            const result = await m3perfJson<UpJson>(["up", "--settings", file]);
            assert.equal(result.failed, 0);
        }
    });

    it("stops at the first replica when M3DB does not take a configuration, and mends it with a right one", async () => {
        const before = await uids();
        const wrong = { ...resized, config: { db: { noSuchKey: true } } };
        const { code, stdout, stderr } = await m3perf(["up", "--settings", await m3db(wrong)]);
        assert.notEqual(code, 0, "M3DB took a key that it does not know");
        assert.match(stderr + stdout, /m3-cluster-rep0 did not come back; the replicas after it are untouched/);
        assert.match(stderr + stdout, /noSuchKey/);
        const broken = await uids();
        assert.deepEqual(
            [broken[pods[1] ?? ""], broken[pods[2] ?? ""]],
            [before[pods[1] ?? ""], before[pods[2] ?? ""]],
        );
        await m3perfJson<UpJson>(["up", "--settings", await m3db(resized)]);
    });

    it("keeps samples shorter with the word for it", async () => {
        const result = await m3perfJson<UpJson>([
            ...[
                "up",
                "--settings",
                await m3db({ ...resized, namespaces: [raw, aggregated], shortenRetention: ["default"] }),
            ],
        ]);
        assert.equal(result.failed, 0);
        assert.equal(await retentionOf(kubernetes, "default"), "172800000000000");
    });

    it("has lost no acknowledged sample in all of this", async () => {
        await load.stop();
        assert.ok(load.acknowledged.length > 2000, `only ${load.acknowledged.length} writes were acknowledged`);
        assert.deepEqual((await lossesOf(load, addresses.read, 32558)).slice(0, 10), []);
        console.log(`      ${load.acknowledged.length} writes acknowledged, ${load.refused} refused`);
    });

    after(async function () {
        this.timeout(15 * 60_000);
        await load?.stop();
        // The stages after this one have the stack's own settings.
        await m3perf(["up", "--settings", await m3db({ shortenRetention: ["default"] })]);
        await m3perf(["up"]);
    });
});
