import assert from "node:assert/strict";
import { join } from "node:path";
import { exec } from "../../support/exec.ts";
import { projectRoot } from "../../support/paths.ts";
import { labVariables, m3perfJson, standsOn } from "./environment.ts";

describe("e2e: the manual run's check list", function () {
    this.timeout(5 * 60_000);
    const printed = new Map<string, string>();

    before("runs to its end", async () => {
        standsOn("up", "up");
        const { nodes } = await m3perfJson<{ nodes: { name: string; address: string }[] }>(["lab", "status"]);
        // Any node must do: NodePorts are at all of them.
        const { code, stdout, stderr } = await exec(
            join(projectRoot, "test/e2e/check-script.sh"),
            [nodes[0]?.address ?? ""],
            {
                env: await labVariables(),
                timeout: 240,
            },
        );
        assert.equal(code, 0, `${stdout.slice(-2000)}\n${stderr}`);
        for (const part of stdout.split("\n=== ").slice(1)) {
            const [title = "", ...lines] = part.split("\n");
            printed.set(title, lines.join("\n").trim());
        }
        assert.ok(printed.has("end"));
    });

    const text = (title: string) => {
        const found = printed.get(title);
        assert.ok(found !== undefined, `the script printed no "${title}"`);
        return found;
    };
    const json = (title: string) => JSON.parse(text(title));

    it("etcd: three members, each with a status, one of them leading", () => {
        assert.equal(text("etcd members").match(/\| started \|/g)?.length, 3);
        const leads = [0, 1, 2].filter((i) => /\|\s+true \|\s+false \|/.test(text(`etcd-${i} status`)));
        assert.equal(leads.length, 1);
    });

    it("m3db: three pods running, each healthy and bootstrapped", () => {
        assert.equal(text("m3db pods").match(/1\/1\s+Running/g)?.length, 3);
        for (const i of [0, 1, 2]) {
            const health = json(`m3-cluster-rep${i}-0 health`);
            assert.deepEqual([health.ok, health.status, health.bootstrapped], [true, "up", true]);
        }
    });

    it("placements of m3db, m3aggregator and m3coordinator", () => {
        const { placement } = json("m3db placement");
        assert.equal(placement.replicaFactor, 3);
        assert.equal(placement.numShards, 64);
        const instances = Object.values(placement.instances) as { shards: { state: string }[] }[];
        assert.equal(instances.length, 3);
        assert.ok(
            instances.every(({ shards }) => shards.length === 64 && shards.every(({ state }) => state === "AVAILABLE")),
        );
        assert.equal(Object.keys(json("m3aggregator placement").placement.instances).length, 1);
        assert.ok(Object.keys(json("m3coordinator placement").placement.instances).length > 0);
    });

    it("the topic, as M3 answers it without headers", () => {
        const { topic } = json("topic");
        assert.equal(topic.name, "aggregated_metrics");
        assert.equal(topic.consumerServices[0].serviceId.name, "m3coordinator");
    });

    it("both namespaces, inside and by NodePort, and their ready calls", () => {
        // Without a header, M3's dedicated coordinators answer for the environment "default_env": an empty registry.
        assert.ok(json("namespaces by NodePort").registry);
        for (const title of ["namespaces", "namespaces by NodePort, of the cluster"]) {
            assert.deepEqual(Object.keys(json(title).registry.namespaces).sort(), ["default", "metrics-10s_2d"]);
        }
        for (const name of ["default", "metrics-10s_2d"]) assert.equal(json(`namespace ${name} ready`).ready, true);
    });

    it("metrics by NodePort", () => {
        for (const title of ["aggregator metrics", "coordinator metrics", "query metrics"])
            assert.match(text(title), /^# (HELP|TYPE) /m);
    });

    it("three points written and read back", () => {
        for (const i of [1, 2, 3]) assert.match(text(`write checkout ${i}`), /HTTP 200$/);
        const { status, data } = json("read the test data");
        assert.equal(status, "success");
        const read = data.result.map(
            ({ metric, values }: { metric: { checkout: string }; values: [number, string][] }) => [
                metric.checkout,
                values.at(-1)?.[1],
            ],
        );
        assert.deepEqual(read.sort(), [
            ["1", "3347.26"],
            ["2", "3347.44"],
            ["3", "3347.55"],
        ]);
        assert.equal(json("read the last hours").status, "success");
    });
});
