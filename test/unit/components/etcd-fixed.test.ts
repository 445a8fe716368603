import assert from "node:assert/strict";
import { etcdProblem, fixedProblem } from "../../../components/m3/etcd-fixed.ts";
import { etcdStatefulSet } from "../../../components/m3/etcd-manifests.ts";
import { loadSettings } from "../../../settings/index.ts";
import { messageOf } from "../../../support/errors.ts";
import { withApi } from "./fake-api.ts";

const made = { namespace: "m3db", members: 3, storage: "1Gi", storageClass: "local-path" };
const live = (change: Partial<typeof made> = {}) =>
    etcdStatefulSet({ ...made, image: "etcd:1", memory: "256Mi", cpu: "100m", ...change });
const told = (wanted: Partial<typeof made>, change: Partial<typeof made> = {}) => {
    const problem = fixedProblem({ ...made, ...wanted }, live(change));
    return problem && messageOf(problem);
};

describe("etcd in an environment that stands", () => {
    it("stays as it was made, and may be anything where there is none or one of another making", () => {
        assert.equal(told({}), undefined);
        assert.equal(told({ storage: "1024Mi" }), undefined, "the same amount");
        assert.equal(fixedProblem({ ...made, members: 5 }, undefined), undefined);
        const other = { spec: { template: { spec: { containers: [{ name: "etcd", args: ["--name=x"] }] } } } };
        assert.equal(fixedProblem(made, other), undefined);
    });

    it("is healed by an up while a fault has scaled it down", () => {
        const fault = live();
        for (const replicas of [0, 1, 2]) {
            const scaled = { ...fault, spec: { ...fault.spec, replicas } };
            assert.equal(fixedProblem(made, scaled), undefined);
        }
    });

    for (const [what, was, wanted, text] of [
        ["more members", { members: 1 }, { members: 3 }, /m3perf:etcd\.members = 3, but .* m3db\/etcd was made with 1/],
        [
            "fewer members",
            { members: 3 },
            { members: 1 },
            /m3perf:etcd\.members = 1, but .* m3db\/etcd was made with 3/,
        ],
        ["another volume", {}, { storage: "2Gi" }, /m3perf:etcd\.storage = 2Gi, but .* was made with 1Gi/],
        [
            "another storage class",
            {},
            { storageClass: "fast" },
            /the site's storageClass = fast, but .* made with local-path/,
        ],
    ] as const)
        it(`is refused ${what}, with what, why and what to do`, () => {
            const problem = told(wanted, was) ?? "";
            assert.match(problem, /^etcd cannot be changed like that; nothing was changed\n/);
            assert.match(problem, text);
            assert.match(
                problem,
                /why: [\s\S]*what to do: put \S+ back; .*pulumi destroy, which deletes its samples, and up/,
            );
            assert.equal(problem.match(/what to do/g)?.length, 1);
        });

    it("is looked at when the program starts, preview or not", async () => {
        const given = { "m3perf:site": "test/unit/components/site.yaml", "m3perf:etcd": '{"storage":"1Gi"}' };
        const settings = loadSettings({ config: given, stackFile: "Pulumi.x.yaml" });
        const { etcd } = settings.scenario;
        const storageClass = settings.site.storageClass;
        const look = (members: number) =>
            withApi(
                { "/apis/apps/v1/namespaces/m3db/statefulsets/etcd": live({ ...etcd, members, storageClass }) },
                404,
                (kubeconfig) => etcdProblem({ ...settings, access: { path: "k", context: "a", kubeconfig } }),
            );
        assert.equal(await look(etcd.members), undefined);
        assert.match((await look(1))?.message ?? "", /etcd was made with 1/);
    });
});
