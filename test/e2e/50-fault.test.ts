import assert from "node:assert/strict";
import { kubectl, m3perf, m3perfJson, standsOn, type VerifyJson } from "./environment.ts";

describe("e2e: faults that verify must see", function () {
    this.timeout(10 * 60_000);
    before(() => standsOn("up", "up"));

    it("query scaled to 0: named with its cause and the command that heals it, and nothing else is blamed", async () => {
        await kubectl("-n", "m3db", "scale", "deployment/m3query", "--replicas=0");
        await kubectl("-n", "m3db", "wait", "--for=delete", "pod", "-l", await queryLabels(), "--timeout=120s");
        const { checks } = await m3perfJson<VerifyJson>(["verify"], 1);
        const failed = new Map(checks.filter(({ ok }) => !ok).map((check) => [check.id, check]));
        for (const id of ["pods.ready", "query.ready", "data.third_avenue", "prometheus.remote_read"]) {
            assert.ok(failed.has(id), `${id} passed; failed: ${[...failed.keys()]}`);
        }
        for (const system of ["etcd", "m3db", "coordinator", "aggregator"]) {
            assert.ok(!checks.some((check) => check.system === system && !check.ok), `${system} was blamed`);
        }
        const query = failed.get("query.ready");
        assert.match(query?.cause ?? "", /scaled to 0/);
        const heal = /kubectl (-n m3db scale deployment\/m3query --replicas=2)/.exec(query?.next ?? "");
        assert.ok(heal, `no healing command in: ${query?.next}`);

        await kubectl(...(heal[1] ?? "").split(" "));
        const { code, stdout } = await m3perf(["verify", "--wait", "180"]);
        assert.equal(code, 0, stdout);
    });

    it("a node whose kubelet is stopped, and healed", async () => {
        await m3perf(["lab", "node", "stop", "worker-2"]);
        try {
            await kubectl("wait", "--for=condition=Ready=Unknown", "node/worker-2", "--timeout=180s");
            const { checks } = await m3perfJson<VerifyJson>(["verify", "--only", "nodes.ready"], 1);
            const nodes = checks.find(({ id }) => id === "nodes.ready");
            assert.match(nodes?.evidence.join() ?? "", /worker-2: Ready=Unknown/);
            // Two of three replicas take writes; on a machine with much to do perhaps not at the first look.
            const { code, stdout } = await m3perf(["verify", "--only", "data.third_avenue", "--wait", "120"]);
            assert.equal(code, 0, stdout);
        } finally {
            await m3perf(["lab", "node", "start", "worker-2"]);
        }
        const { code, stdout } = await m3perf(["verify", "--wait", "240"]);
        assert.equal(code, 0, stdout);
    });
});

async function queryLabels(): Promise<string> {
    const labels = JSON.parse(
        await kubectl("-n", "m3db", "get", "deployment", "m3query", "-o", "jsonpath={.spec.selector.matchLabels}"),
    );
    return Object.entries(labels)
        .map(([key, value]) => `${key}=${value}`)
        .join(",");
}
