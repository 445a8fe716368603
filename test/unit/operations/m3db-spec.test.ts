import assert from "node:assert/strict";
import { sameQuantity } from "../../../components/m3/m3db/spec-differences.ts";
import { m3dbSpec as check } from "../../../operations/checks/m3db-spec.ts";
import { healthy, m3dbSpec } from "./healthy.ts";

const path = "/apis/operator.m3db.io/v1alpha1/namespaces/m3db/m3dbclusters/m3-cluster";
/** The verdict when the M3DBCluster asks for other things than the pods were made with. */
async function verdictFor(change: object) {
    const fake = healthy();
    fake.set(path, { spec: { ...structuredClone(m3dbSpec), ...change } });
    return check.run(fake.context);
}

describe("m3db.spec", () => {
    it("passes with what is the same amount, written differently", async () => {
        const containerResources = { requests: { cpu: "0.5", memory: "1024Mi" }, limits: { memory: "1048576Ki" } };
        const verdict = await verdictFor({ containerResources });
        assert.ok(verdict.ok, JSON.stringify(verdict));
        assert.match(
            verdict.evidence,
            /^3 pods: quay\.io\/m3db\/m3dbnode:v1\.5\.0, memory 1048576Ki, cpu 0\.5, 1 variable$/,
        );
    });

    const differences: [string, object, string][] = [
        ["another image", { image: "m3dbnode:v2" }, "image is quay.io/m3db/m3dbnode:v1.5.0, asked is m3dbnode:v2"],
        [
            "another memory limit",
            { containerResources: { limits: { memory: "2Gi" } } },
            "memory limit is 1Gi, asked is 2Gi",
        ],
        ["another cpu request", { containerResources: { requests: { cpu: "1" } } }, "cpu request is 500m, asked is 1"],
        [
            "a limit that the pods have not got",
            { containerResources: { limits: { cpu: "2" } } },
            "cpu limit is not set, asked is 2",
        ],
        ["another value of a variable", { envVars: [{ name: "GOGC", value: "50" }] }, "env GOGC is 75, asked is 50"],
        ["a variable that was taken away", { envVars: [] }, "env GOGC is 75, asked is none"],
    ];
    for (const [what, change, evidence] of differences) {
        it(`sees ${what}, in every pod, and names the annotation`, async () => {
            const verdict = await verdictFor(change);
            assert.ok(!verdict.ok);
            assert.deepEqual(
                verdict.evidence,
                [0, 1, 2].map((i) => `m3-cluster-rep${i}-0: ${evidence}`),
            );
            assert.match(verdict.cause, /m3perf up goes on with it.* only when it is annotated$/);
            assert.equal(
                verdict.next,
                "kubectl -n m3db annotate statefulset m3-cluster-rep0 m3-cluster-rep1 m3-cluster-rep2 operator.m3db.io/update=enabled",
            );
        });
    }

    it("names only the StatefulSets whose pods differ", async () => {
        const fake = healthy();
        const container = fake.pods["operator.m3db.io/app=m3db"]?.[1]?.spec.containers?.[0];
        assert.ok(container);
        container.image = "m3dbnode:old";
        const verdict = await check.run(fake.context);
        assert.ok(!verdict.ok);
        assert.equal(verdict.evidence.length, 1);
        assert.match(verdict.next, /statefulset m3-cluster-rep1 operator\.m3db\.io\/update=enabled$/);
    });

    it("fails when there are no pods to compare", async () => {
        const fake = healthy();
        fake.pods["operator.m3db.io/app=m3db"] = [];
        const verdict = await check.run(fake.context);
        assert.ok(!verdict.ok);
        assert.deepEqual(verdict.evidence, ["there is no database pod"]);
    });

    it("compares quantities as amounts", () => {
        for (const [a, b] of [
            ["1Gi", "1024Mi"],
            ["0.1", "100m"],
            ["1G", "1000000000"],
            ["1e3", "1k"],
            ["0", "0m"],
        ] as const)
            assert.ok(sameQuantity(a, b), `${a} ${b}`);
        for (const [a, b] of [
            ["1Gi", "1G"],
            ["1", "1m"],
            ["x", "y"],
            [undefined, "1Gi"],
            ["1Gi", undefined],
        ] as const)
            assert.ok(!sameQuantity(a, b), `${a} ${b}`);
    });
});
