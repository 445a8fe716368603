import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { Allowed } from "../../../components/m3/m3db/guard-rules.ts";
import { besideProblem, moveProblem, refuseAtOnce } from "../../../components/m3/m3db/guarding.ts";
import { clusterGuard } from "../../../components/m3/m3db/inputs.ts";
import type { Settings } from "../../../settings/index.ts";
import { messageOf } from "../../../support/errors.ts";
import { withApi } from "./fake-api.ts";
import { clusterPlan } from "./m3db-plan.ts";

const mocks = { newResource: () => ({ id: "", state: {} }), call: () => ({}) };
const nothing: Allowed = { removeNamespaces: [], shortenRetention: [], update: "rolling" };

const input = { namespace: "m3db", cluster: "m3-cluster", stack: "m3perf/dev" };
const cluster = (namespace: string, stack?: string) => ({
    metadata: { namespace, ...(stack === undefined ? {} : { annotations: { "m3perf.io/stack": stack } }) },
});

describe("the M3DBClusters of a Kubernetes cluster", () => {
    it("are no reason to stop where there is none, or this stack's, or somebody's own", () => {
        for (const all of [[], [cluster("m3db", "m3perf/dev")], [cluster("theirs")]]) {
            assert.equal(besideProblem(all, input), undefined);
            assert.equal(moveProblem(all, input), undefined);
        }
    });

    it("keep another stack out, in another namespace and in this one, and say what to do", () => {
        for (const home of ["metrics", "m3db"]) {
            const problem = besideProblem([cluster("theirs"), cluster(home, "m3perf/capacity")], input);
            const text = messageOf(problem);
            assert.match(text, /^one environment at a time stands in a cluster; nothing was changed/);
            assert.ok(text.includes(`M3DBCluster ${home}/m3-cluster is of the stack m3perf/capacity`), text);
            assert.match(text, /m3perf down --stack capacity\), or use another cluster/);
            assert.ok(
                text.includes(
                    `kubectl -n ${home} annotate --overwrite m3dbcluster m3-cluster m3perf.io/stack=m3perf/dev`,
                ),
                text,
            );
        }
    });

    it("keep a stack where it is: under another namespace its samples would go", () => {
        const text = messageOf(moveProblem([cluster("metrics", "m3perf/dev")], input));
        assert.match(
            text,
            /^M3DBCluster metrics\/m3-cluster would be deleted with all its samples; nothing was changed/,
        );
        assert.doesNotMatch(text, /beside/);
    });

    for (const [home, path] of [
        ["metrics", "/apis/operator.m3db.io/v1alpha1/m3dbclusters"],
        ["m3db", "/apis/operator.m3db.io/v1alpha1/namespaces/m3db/m3dbclusters/m3-cluster"],
    ] as const)
        it(`let a preview beside ${home} go on, and stop an update`, async () => {
            const other = { ...cluster(home, "m3perf/capacity"), spec: { numberOfShards: 1 } };
            const answer = home === "m3db" ? other : { items: [other] };
            const wanted = clusterGuard(clusterPlan({}, { stack: input.stack }), nothing);
            const look = (preview: boolean) =>
                withApi({ [path]: answer }, 404, async (kubeconfig) => {
                    await pulumi.runtime.setMocks(mocks, "m3perf", "dev", preview);
                    await refuseAtOnce({ access: { path: "k", context: "a", kubeconfig } } as Settings, wanted);
                });
            await look(true);
            await assert.rejects(
                look(false),
                (error: Error) =>
                    pulumi.RunError.isInstance(error) && /of the stack m3perf\/capacity/.test(error.message),
            );
        });
});
