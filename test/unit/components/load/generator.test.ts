import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { readCommandLine } from "../../../../agent/load/command-line.ts";
import { planFrom } from "../../../../agent/load/plan.ts";
import { agentTree } from "../../../../components/agent-files.ts";
import { generatorStatefulSet } from "../../../../components/load/generator-manifests.ts";
import { observedOf } from "../../../../components/observe/facts.ts";
import { podMonitors, scrapeConfig } from "../../../../components/observe/scraping.ts";
import { podsOnTheirNodes, podsReady } from "../../../../operations/checks/pods.ts";
import type { Environment } from "../../../../settings/environment.ts";
import { loadSettings } from "../../../../settings/index.ts";
import { generatorSchema } from "../../../../settings/schema/generator.ts";
import { exec } from "../../../../support/exec.ts";
import { runWithMocks } from "../../../support/pulumi-mocks.ts";
import { healthy, pod } from "../../operations/healthy.ts";

const url = "http://m3coordinator.m3db:7201/api/v1/prom/remote/write";
const manifestOf = (settings: object) =>
    generatorStatefulSet(
        { ...generatorSchema.unwrap().parse({ series: 1000, ...settings }), namespace: "m3db", image: "node:24", url },
        "program-1",
    );
const podOf = (settings: object = {}) => manifestOf(settings).spec.template.spec;
const containerOf = (settings: object = {}) => {
    const [container] = podOf(settings).containers;
    assert.ok(container);
    return container;
};

/** What the program makes of a pod's command. */
function planOf(settings: object, pod = "m3perf-load-0") {
    const [node, file, ...words] = containerOf(settings).command;
    assert.deepEqual([node, file], ["node", "/agent/load/main.ts"]);
    const { texts, port, problems } = readCommandLine(words, {});
    assert.deepEqual(problems, []);
    const { plan, problems: more } = planFrom(texts, { hostname: pod, now: new Date(0) });
    assert.deepEqual(more, []);
    return { plan, port };
}

describe("the load generator as pods", () => {
    it("are told all of the plan, aimed at the coordinators", () => {
        const settings = {
            ...{
                workers: 3,
                series: 9000,
                interval: "30s",
                labels: 7,
                labelBytes: 20,
                churn: 2.5,
                tenants: 4,
                replicas: 2,
            },
            ...{
                batch: 300,
                concurrency: 5,
                timeout: "20s",
                run: "big",
                kinds: { counter: 60, gauge: 40, histogram: 0 },
            },
        };
        const { plan, port } = planOf(settings, "m3perf-load-2");
        assert.equal(port, 9464);
        assert.deepEqual(plan, {
            ...{ run: "big", series: 9000, intervalMs: 30_000, durationMs: undefined },
            kinds: { counter: 0.6, gauge: 0.4, histogram: 0 },
            ...{ extraLabels: 7, labelValueBytes: 20, churnPercentPerHour: 2.5, tenants: 4, replicas: 2 },
            ...{ batch: 300, concurrency: 5, timeoutMs: 20_000, urls: [url], worker: { index: 2, of: 3 } },
        });
    });

    it("are as many as there are workers, each with a number that says its part", () => {
        assert.equal(manifestOf({ workers: 4 }).spec.replicas, 4);
        assert.deepEqual(planOf({ workers: 4 }, "m3perf-load-3").plan?.worker, { index: 3, of: 4 });
    });

    it("have the time to end that their requests may take", () => {
        assert.equal(podOf({}).terminationGracePeriodSeconds, 30);
        assert.equal(podOf({ timeout: "1m30s" }).terminationGracePeriodSeconds, 110);
    });

    it("run where the settings say, never on a node of M3DB, spread over the others", () => {
        const terms = (settings: object) =>
            podOf(settings).affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution;
        const at = (role: string) => ({
            nodeSelectorTerms: [
                {
                    matchExpressions: [
                        { key: `m3perf.io/role-${role}`, operator: "In", values: ["true"] },
                        { key: "m3perf.io/role-m3db", operator: "DoesNotExist" },
                    ],
                },
            ],
        });
        assert.deepEqual(terms({}), at("repository"));
        assert.deepEqual(terms({ role: "aggregator" }), at("aggregator"));
        assert.ok(!("tolerations" in podOf()), "it tolerates no taint");
        assert.equal(podOf().topologySpreadConstraints[0]?.topologyKey, "kubernetes.io/hostname");
    });

    it("have no more rights and resources than they need", () => {
        assert.equal(podOf().automountServiceAccountToken, false);
        assert.equal(containerOf().securityContext.readOnlyRootFilesystem, true);
        assert.deepEqual(containerOf({ memory: "512Mi", cpu: "300m" }).resources, {
            requests: { cpu: "300m", memory: "512Mi" },
            limits: { memory: "512Mi" },
        });
        assert.deepEqual(containerOf({ memory: "512Mi" }).env, [
            { name: "NODE_OPTIONS", value: "--max-old-space-size=256" },
        ]);
    });

    it("mount the program with its folders, and it runs from there by itself", async () => {
        const { data, items } = agentTree("load/main.ts");
        assert.deepEqual(podOf().volumes, [{ name: "program", configMap: { name: "program-1", items } }]);
        assert.ok(
            Object.keys(data).every((key) => /^[-._a-zA-Z0-9]+$/.test(key)),
            "keys that a ConfigMap takes",
        );
        assert.ok(JSON.stringify(data).length < 500_000, "a ConfigMap holds a mebibyte");
        const folder = mkdtempSync(join(tmpdir(), "m3perf-agent-"));
        try {
            for (const { key, path } of items) {
                mkdirSync(dirname(join(folder, path)), { recursive: true });
                writeFileSync(join(folder, path), data[key] ?? "");
            }
            // The command of the pod, but for options that make it end at once, with everything imported.
            const [, , ...words] = containerOf({ workers: 2 }).command;
            const program = join(folder, "load/main.ts");
            const wrong = words.map((word) => (word === url ? "http://m3query.m3db:7201/" : word));
            const { code, stderr } = await exec(process.execPath, [program, ...wrong.slice(0, -2), "--worker", "1/2"], {
                cwd: folder,
            });
            assert.equal(code, 64, stderr);
            assert.match(stderr, /--worker: is given twice/);
            const query = await exec(process.execPath, [program, "--remote-url", "http://m3query.m3db:7201/"], {
                cwd: folder,
            });
            assert.equal(query.code, 64);
            assert.match(query.stderr, /m3query/);
        } finally {
            rmSync(folder, { recursive: true });
        }
    });

    it("are scraped where there are any, and nothing is said of them where there are none", () => {
        const of = (generator?: object) => {
            const own = generator ? { "m3perf:generator": JSON.stringify(generator) } : {};
            const config = { "m3perf:site": "test/unit/components/site.yaml", ...own };
            return observedOf(loadSettings({ config, stackFile: "Pulumi.test.yaml" }));
        };
        const [some, none] = [of({ series: 1000 }), of()];
        const monitor = podMonitors(some).find(({ component }) => component === "generator");
        assert.deepEqual(monitor?.selector, { matchLabels: { app: "m3perf-load" } });
        assert.deepEqual(monitor?.podMetricsEndpoints, [{ port: "metrics", path: "/metrics" }]);
        assert.match(JSON.stringify(scrapeConfig(some)), /m3perf-load-\.\+;9464/);
        assert.ok(!podMonitors(none).some(({ component }) => component === "generator"));
        assert.ok(!JSON.stringify(scrapeConfig(none)).includes("m3perf-load"));
    });

    it("are counted by verify, and looked for on the nodes that the settings say", async () => {
        const { context, pods } = healthy();
        context.environment.generator = {
            workload: { kind: "StatefulSet", name: "m3perf-load", replicas: 2, selector: { app: "m3perf-load" } },
            ...{ metricsPort: 9464, role: "coordinator", run: "in-cluster", series: 1000 },
        };
        pods["app=m3perf-load"] = [pod("m3perf-load-0", "worker-4"), pod("m3perf-load-1", "worker-5")];
        for (const check of [podsReady, podsOnTheirNodes]) assert.ok((await check.run(context)).ok, check.id);
        pods["app=m3perf-load"] = [pod("m3perf-load-0", "worker-1")];
        const [ready, placed] = [await podsReady.run(context), await podsOnTheirNodes.run(context)];
        assert.match(JSON.stringify(ready), /load generator: 1 pods? instead of 2/);
        assert.match(JSON.stringify(placed), /m3perf-load-0.*worker-1/);
    });

    describe("in the program", () => {
        const site = "test/unit/components/site.yaml";
        const stateOf = (name: string, inputs: Record<string, unknown>) => ({
            ...inputs,
            metadata: { name: `${name}-0a1b2c3d`, ...((inputs.metadata ?? {}) as object) },
        });
        const run = (name: string, generator?: object) =>
            runWithMocks(
                { "m3perf:site": site, ...(generator ? { "m3perf:generator": JSON.stringify(generator) } : {}) },
                () => import(`../../../../index.ts?generator=${name}`) as Promise<{ environment: Environment }>,
                stateOf,
            );

        it("are there when they are set, rolled with their program, and known to operations", async () => {
            const { resources, result } = await run("one", { series: 1000, workers: 2 });
            const workload = resources.get("m3load-workload");
            assert.ok(workload && resources.has("m3load-service"));
            const { name } = (resources.get("m3load-program")?.inputs.metadata ?? {}) as { name?: string };
            assert.equal(name, undefined, "Pulumi names it, anew for each content");
            assert.match(JSON.stringify(workload.inputs), /"name":"m3load-program-0a1b2c3d"/);
            assert.match(
                JSON.stringify(workload.inputs),
                /http:\/\/m3coordinator\.m3db:7201\/api\/v1\/prom\/remote\/write/,
            );
            assert.deepEqual(result.environment.generator, {
                workload: { kind: "StatefulSet", name: "m3perf-load", replicas: 2, selector: { app: "m3perf-load" } },
                ...{ metricsPort: 9464, role: "repository", run: "in-cluster", series: 1000 },
            });
        });

        it("are not there unless they are set", async () => {
            const { resources, result } = await run("none");
            assert.deepEqual(
                [...resources.keys()].filter((name) => name.startsWith("m3load")),
                [],
            );
            assert.ok(!("generator" in result.environment));
        });
    });
});
