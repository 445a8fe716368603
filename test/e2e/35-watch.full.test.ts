import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Sample } from "../../operations/watch/sample.ts";
import { m3perf, standsOn, temporaryFolder } from "./environment.ts";

describe("e2e: watch", function () {
    this.timeout(5 * 60_000);
    before(() => standsOn("up", "up"));
    let folder: string;
    let log: string;

    it("tells nodes, pods, M3's rates and remote write, and keeps them", async () => {
        folder = await temporaryFolder();
        log = join(folder, "watch.jsonl");
        const words = ["watch", "--for", "45s", "--interval", "5s", "--json", "--log-dir", folder];
        const { code, stdout, stderr } = await m3perf(words);
        assert.equal(code, 0, stderr);
        const samples = stdout
            .trim()
            .split("\n")
            .map((line) => JSON.parse(line) as Sample);
        // A busy machine may be late with an answer once: any look at which all answered will do, once rates are known.
        const whole = samples.filter(
            ({ sources, processes }) =>
                sources.every(({ error }) => error === null) && processes.every((process) => process.samples !== null),
        );
        const last = whole.at(-1);
        assert.ok(
            last,
            `at none of ${samples.length} looks did all answer: ${JSON.stringify(samples.at(-1)?.sources)}`,
        );
        assert.equal(last.nodeUsage, "lab cgroups");
        for (const { name, ready, cpuCores, memoryBytes, memoryCapacityBytes, diskBytes } of last.nodes) {
            assert.ok(ready && cpuCores !== null && memoryBytes !== null && diskBytes !== null, name);
            assert.ok(memoryBytes > 0 && memoryBytes < (memoryCapacityBytes ?? 0), `${name}: ${memoryBytes} bytes`);
        }
        for (const component of ["coordinator", "query", "dbnode", "aggregator", "etcd", "operator", "prometheus"]) {
            const pods = last.pods.filter((pod) => pod.component === component);
            assert.ok(pods.length > 0, `no pod of ${component}`);
            assert.ok(
                pods.every(({ memoryBytes }) => memoryBytes !== null),
                `${component}: memory`,
            );
        }
        const samplesOf = (component: string) =>
            last.processes
                .filter((process) => process.component === component)
                .reduce((sum, process) => sum + (process.samples ?? 0), 0);
        // Prometheus scrapes M3 and writes what it gets.
        for (const component of ["coordinator", "dbnode", "aggregator"]) {
            assert.ok(samplesOf(component) > 0, `${component} took no samples`);
        }
        assert.equal(last.etcd.filter(({ leader }) => leader).length, 1);
        assert.ok((last.prometheus?.lagSeconds ?? Number.NaN) < 60, `lag ${last.prometheus?.lagSeconds}`);
    });

    it("finds the same by the kubelets, where there is no metrics-server", async () => {
        const { code, stdout, stderr } = await m3perf(["watch", "--for", "20s", "--json", "--metrics", "kubelet"]);
        assert.equal(code, 0, stderr);
        const first = JSON.parse(stdout.split("\n")[0] ?? "") as Sample;
        assert.equal(first.usage, "kubelet");
        assert.ok(first.pods.length > 0);
        assert.ok(first.pods.every(({ memoryBytes }) => (memoryBytes ?? 0) > 0));
    });

    it("shows its log again, and draws it", async () => {
        const shown = await m3perf(["watch", "--replay", log]);
        assert.equal(shown.code, 0, shown.stderr);
        const lines = (await readFile(log, "utf8")).trim().split("\n");
        assert.equal(shown.stdout.trim().split("\n").length, lines.length);
        assert.match(shown.stdout, /nodes 7\/7 ready/);
        const drawn = await m3perf(["watch", "--plot", log, "--out", join(folder, "w.svg")]);
        assert.equal(drawn.code, 0, drawn.stderr);
        assert.match(await readFile(join(folder, "w.svg"), "utf8"), /CPU by component/);
        const [heading, ...rows] = (await readFile(join(folder, "watch.csv"), "utf8")).trim().split("\n");
        assert.match(heading ?? "", /^time,kind,name,/);
        assert.ok(rows.length > 7 * lines.length);
    });
});
