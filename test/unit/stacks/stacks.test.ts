import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import type { Environment } from "../../../settings/environment.ts";
import { loadSettings, type Settings } from "../../../settings/index.ts";
import { runWithMocks } from "../../support/pulumi-mocks.ts";
import { configOf, type StackFile, stackFiles } from "../../support/stack-files.ts";

const scenarios = [
    "dev",
    "capacity",
    "dedicated",
    "colocated",
    "node-failure",
    "etcd-loss",
    "replica-hole",
    "split",
    "integrated",
    "aggregation",
    "multi-cluster",
    "limits",
    "upgrade",
];

const files = stackFiles();
const settingsOf = (file: StackFile): Settings =>
    loadSettings({ config: configOf(file), stackFile: `Pulumi.${file.stack}.yaml`, labSite: "/no/lab/runs" });
const named = (stack: string): StackFile => {
    const found = files.find((file) => file.stack === stack);
    assert.ok(found, `no Pulumi.${stack}.yaml`);
    return found;
};

/** What a provider would give back: the inputs, a name where Pulumi makes one, a password. */
const stateOf = (name: string, inputs: Record<string, unknown>) => ({
    ...inputs,
    metadata: { name: `${name}-0a1b2c3d`, ...((inputs.metadata ?? {}) as object) },
    result: "0".repeat(48),
});

/** What the program tells, as that no cluster is at hand, is not this test's. */
async function quietly<T>(work: () => Promise<T>): Promise<T> {
    const { log, warn } = console;
    console.log = console.warn = () => {};
    try {
        return await work();
    } finally {
        Object.assign(console, { log, warn });
    }
}

describe("stack files", () => {
    it("are there for every scenario, for the lab and for a site like the reference", () => {
        const wanted = scenarios.flatMap((name) => [name, `${name}-reference`]);
        assert.deepEqual(
            wanted.filter((stack) => !files.some((file) => file.stack === stack)),
            [],
        );
        for (const name of scenarios) {
            assert.equal(named(name).site, "lab");
            assert.equal(named(`${name}-reference`).site, "sites/reference.yaml");
        }
    });

    for (const [index, file] of files.entries()) {
        it(`${file.stack}: a few lines with their question, settings without a problem, a program that runs`, async () => {
            const lines = file.text.trim().split("\n");
            assert.match(lines[0] ?? "", /^# yaml-language-server: \$schema=schemas\/stack\.schema\.json$/);
            assert.match(lines[1] ?? "", /^# .*\?/, "no question in its comment");
            assert.ok(lines.length <= 22, `${lines.length} lines`);

            const { scenario, access } = settingsOf(file);
            assert.equal(access.path, null, "a cluster is named");
            const program = () => import(`../../../index.ts?stack=${index}`) as Promise<{ environment: Environment }>;
            const { resources, result } = await quietly(() => runWithMocks(configOf(file), program, stateOf));
            assert.ok(resources.size > 50, String(resources.size));
            assert.equal(result.environment.cluster.replicationFactor, scenario.m3db.replicationFactor);
            assert.equal(
                result.environment.query.workload.name,
                scenario.query.mode === "integrated" ? "m3coordinator" : "m3query",
            );
        });
    }

    it("differ from the defaults only in what their question needs", () => {
        const same = ["node-failure", "etcd-loss", "replica-hole", "upgrade", "capacity", "split"];
        const defaults = settingsOf(named("dev"));
        for (const stack of same) assert.deepEqual(settingsOf(named(stack)).scenario, defaults.scenario, stack);
        for (const stack of scenarios.filter((name) => name !== "dev" && !same.includes(name)))
            assert.ok(!isDeepStrictEqual(settingsOf(named(stack)).scenario, defaults.scenario), stack);
    });

    it("warn of nothing, but for colocated, which promises memory twice and has little for m3query on the lab", () => {
        for (const file of files) {
            const { warnings } = settingsOf(file);
            const expected = [
                ...(file.stack === "colocated" ? [/^m3perf:query\.memory is 800Mi: /] : []),
                ...(file.stack.startsWith("colocated")
                    ? [/^m3perf:m3db\.memoryRequest reserves \d+Mi of the \d+Mi /]
                    : []),
            ];
            assert.equal(warnings.length, expected.length, `${file.stack}: ${warnings.join("\n")}`);
            for (const [index, text] of expected.entries()) assert.match(warnings[index] ?? "", text);
        }
    });

    it("dedicated and colocated give M3DB the same appetite, and only colocated puts neighbours beside it that do not fit", () => {
        for (const suffix of ["", "-reference"]) {
            const [dedicated, colocated] = ["dedicated", "colocated"].map((name) => settingsOf(named(name + suffix)));
            assert.ok(dedicated && colocated);
            const { memoryRequest, ...appetite } = colocated.scenario.m3db;
            assert.deepEqual(appetite, dedicated.scenario.m3db);
            const { memory, site, replicas, scenario } = colocated;
            const node = site.nodes.find(({ roles }) => roles.includes("m3db"));
            const mebibytes = (text: string) => Number(text.replace("Gi", "")) * 1024 || Number(text.replace("Mi", ""));
            const room = mebibytes(node?.memory ?? "");
            const beside = mebibytes(scenario.etcd.memory) + memory.coordinator + memory.query + 128;
            assert.equal(replicas.coordinator, 5);
            assert.ok(mebibytes(memoryRequest ?? "") + beside < room * 0.85, "the scheduler would not put them there");
            assert.ok(memory.m3db + beside > room * 1.1, "nothing could come into need");
            assert.ok(memory.m3db < room * 0.85, "it would not fit alone, either");
        }
    });
});
