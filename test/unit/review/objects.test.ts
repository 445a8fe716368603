import assert from "node:assert/strict";
import { differencesOf, parseDiff } from "../../../operations/review/differences.ts";
import { objectsOf, warningsIn } from "../../../operations/review/objects.ts";

const step = (types: string, name: string, inputs: Record<string, unknown>) => ({
    op: "create",
    urn: `urn:pulumi:preview::m3perf::${types}::${name}`,
    newState: { type: types.split("$").at(-1) ?? "", inputs },
});
const configMap = (chance: string, data: object) =>
    step("m3perf:m3:Query$kubernetes:core/v1:ConfigMap", "m3query-config", {
        ...{ apiVersion: "v1", kind: "ConfigMap", data },
        metadata: { name: `m3query-config-${chance}`, annotations: { "pulumi.com/autonamed": "true" } },
    });
const deployment = (chance: string) =>
    step("m3perf:m3:Query$kubernetes:apps/v1:Deployment", "m3query-workload", {
        ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "m3query" } },
        spec: { volumes: [{ configMap: { name: `m3query-config-${chance}` } }], replicas: 2 },
    });
const objects = (...steps: ReturnType<typeof step>[]) => objectsOf({ steps });

describe("objects that a preview declares", () => {
    it("are the resources by type and name, without components, the stack and default providers", () => {
        const made = objects(
            step("pulumi:pulumi:Stack", "m3perf-preview", {}),
            step("m3perf:m3:Query", "m3query", {}),
            step("pulumi:providers:command", "default_1_2_1", { version: "1.2.1" }),
            step("pulumi:providers:kubernetes", "kubernetes", { kubeconfig: "[secret]" }),
            deployment("0a1b2c3d"),
        );
        assert.deepEqual(
            [...made.keys()],
            ["pulumi:providers:kubernetes kubernetes", "apps/v1:Deployment m3query-workload"],
        );
    });

    it("do not differ by the chance in names that Pulumi makes", () => {
        const data = { "m3.yml": "a: 1\n" };
        assert.deepEqual(
            objects(configMap("0a1b2c3d", data), deployment("0a1b2c3d")),
            objects(configMap("99999999", data), deployment("99999999")),
        );
    });

    it("nor by that in names which they refer to, in objects that have such names themselves", () => {
        const job = (chance: string) =>
            step("kubernetes:batch/v1:Job", "m3-setup-job", {
                metadata: { name: `m3-setup-job-${chance}`, annotations: { "pulumi.com/autonamed": "true" } },
                spec: { configMap: { name: `m3query-config-${chance}` } },
            });
        const of = (chance: string, text: string) => objects(configMap(chance, { a: text }), job(chance));
        const name = (made: ReturnType<typeof of>) =>
            /name: (m3-setup-job-\w+)/.exec(made.get("batch/v1:Job m3-setup-job") ?? "")?.[1];
        assert.deepEqual(of("0a1b2c3d", "x"), of("99999999", "x"));
        assert.match(name(of("0a1b2c3d", "x")) ?? "", /^m3-setup-job-[0-9a-f]{8}$/);
        assert.notEqual(name(of("0a1b2c3d", "x")), name(of("0a1b2c3d", "y")), "another program is another job");
    });

    it("differ with the content of what they mount: its pods will be rolled", async () => {
        const before = objects(configMap("0a1b2c3d", { "m3.yml": "a: 1\nb: 2\n" }), deployment("0a1b2c3d"));
        const after = objects(configMap("0a1b2c3d", { "m3.yml": "a: 1\nb: 3\n" }), deployment("0a1b2c3d"));
        const [workload, config, ...more] = await differencesOf(before, after);
        assert.deepEqual(more, []);
        assert.equal(workload?.object, "apps/v1:Deployment m3query-workload");
        assert.match(
            workload?.diff ?? "",
            /^-.*name: m3query-config-[0-9a-f]{8}\n\+.*name: m3query-config-[0-9a-f]{8}$/m,
        );
        assert.equal(config?.kind, "changed");
        assert.match(config?.diff ?? "", /^- {4}b: 2\n\+ {4}b: 3$/m);
    });

    it("do not differ by the order of keys, or by what is known only after an update", () => {
        const one = step("command:local:Command", "roll", {
            create: "run",
            stdin: "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
        });
        const other = step("command:local:Command", "roll", {
            stdin: "f1da6b54-80e4-46f7-96ec-b56ff0331ba9",
            create: "run",
        });
        assert.deepEqual(objects(one), objects(other));
        assert.match([...objects(one).values()].join(), /stdin: "?\[known after the update\]/);
    });

    it("show JSON in a text line by line", () => {
        const text = [
            ...objects(step("command:local:Command", "taint", { stdin: '{"nodes":["a","b"]}' })).values(),
        ].join();
        assert.equal(text, "stdin:\n  nodes:\n    - a\n    - b\n");
    });

    it("hold nothing of a Secret, sealed or not", () => {
        const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "s" } };
        const sealed = objects(step("kubernetes:core/v1:Secret", "s", { ...secret, stringData: "[secret]" }));
        const plain = objects(step("kubernetes:core/v1:Secret", "s", { ...secret, stringData: { token: "hunter2" } }));
        assert.deepEqual(sealed, plain);
        assert.ok(![...plain.values()].join().includes("hunter2"));
    });

    it("come with the program's warnings, but for the one that there is no cluster", () => {
        const of = (message: string, severity = "warning") => ({ message, severity });
        const diagnostics = [
            of("warning: no cluster is at hand: …\n"),
            of("warning: the cluster at https://127.0.0.1:1 cannot be reached: …\n"),
            of("warning: there is one coordinator\n"),
            of("all is well", "info"),
        ];
        assert.deepEqual(warningsIn({ diagnostics }), ["there is one coordinator"]);
    });
});

describe("differences of objects", () => {
    it("are told as new, changed and gone, and what is the same is not told", async () => {
        const before = new Map([
            ["A a", "x: 1\n"],
            ["B b", "x: 1\n"],
            ["D d", "x: 1\n"],
        ]);
        const after = new Map([
            ["A a", "x: 1\n"],
            ["B b", "x: 2\n"],
            ["C c", "x: 1\n"],
        ]);
        assert.deepEqual(await differencesOf(before, after), [
            { object: "B b", kind: "changed", diff: "@@\n-x: 1\n+x: 2" },
            { object: "C c", kind: "new", diff: "@@\n+x: 1" },
            { object: "D d", kind: "gone", diff: "@@\n-x: 1" },
        ]);
        assert.deepEqual(await differencesOf(before, before), []);
    });

    it("are not led astray by content that looks like a diff", async () => {
        const content = "--- a/0\n+++ b/7\ndiff --git a/9 b/9\n@@ -1 +1 @@\n";
        const text = (last: string) => `x: |\n${content.replace(/^/gm, "  ")}${last}\n`;
        const [one, ...more] = await differencesOf(new Map([["A a", text("y: 1")]]), new Map([["A a", text("y: 2")]]));
        assert.deepEqual(more, []);
        assert.equal(one?.object, "A a");
        assert.match(one?.diff ?? "", /^- {2}y: 1\n\+ {2}y: 2$/m);
    });

    it("of an empty text have no lines", () => {
        const text = "diff --git a/0 b/0\nnew file mode 100644\nindex 0000000..e69de29\n";
        assert.deepEqual(parseDiff(text, ["A a"]), [{ object: "A a", kind: "new", diff: "" }]);
    });
});
