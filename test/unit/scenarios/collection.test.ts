import assert from "node:assert/strict";
import type { HttpRequest } from "../../../operations/access/http.ts";
import type { CheckContext } from "../../../operations/checks/check.ts";
import { askCollection } from "../../../operations/scenarios/run/collection.ts";
import { environment } from "../operations/healthy.ts";

const answer = (samples: number) => ({
    status: 200,
    body: JSON.stringify({
        status: "success",
        data: {
            resultType: "matrix",
            result: [
                {
                    metric: { __name__: "up", job: "a", instance: "b" },
                    values: Array.from({ length: samples }, (_, index) => [100 + index * 30, "1"]),
                },
            ],
        },
    }),
});
const config = { status: 200, body: JSON.stringify({ status: "success", data: { yaml: "global: {}" } }) };

const json = (body: unknown) => ({ status: 200, body: JSON.stringify(body) });
const instances = environment.cluster.pods.map((pod, group) => ({
    id: `m3db/${pod}`,
    endpoint: `${pod}.m3dbnode-m3-cluster:9000`,
    isolationGroup: `rep${group}`,
    shards: [{ id: 0, state: "AVAILABLE" }],
}));
const placement = json({
    placement: { instances: Object.fromEntries(instances.map((one) => [one.id, one])), numShards: 1 },
});
const fetched = (seconds: number[]) => json({ datapoints: seconds.map((at) => ({ timestamp: at * 1000, value: 1 })) });

/** M3 has one sample more each time that it is asked, up to `most`; Prometheus gives no answer the first `silent` times. */
function asked(most: number, silent = 0) {
    let times = 0;
    let prometheus = 0;
    const context = {
        environment,
        kubernetes: {
            pod: async (_: string, pod: string, __: number, path: string) =>
                path.includes("/placement") ? placement : fetched(pod.includes("rep1") ? [] : [190]),
            service: async (_: string, __: string, ___: number, path: string) => {
                if (path.includes("status/config")) return config;
                prometheus += 1;
                if (prometheus <= silent) throw new Error("no answer within 8 s");
                return answer(4);
            },
        },
        nodePort: async (_: string, __: number, ___: string, ____?: HttpRequest) => {
            times += 1;
            return answer(Math.min(times + 1, most));
        },
        now: () => 0,
        pause: async () => {},
    } as unknown as CheckContext;
    return { context, times: () => times };
}

describe("scenarios: what was collected", () => {
    it("is asked again while M3 lacks something: what is on its way is not lost", async () => {
        const { context, times } = asked(4);
        const { lost, late, prometheus, m3 } = await askCollection(context, 90_000, 200_000);
        assert.deepEqual([lost, late, prometheus.samples, m3.samples, times()], [0, 2, 4, 4, 3]);
    });

    it("is lost where M3 lacks it after a minute, too", async () => {
        const { context, times } = asked(3);
        const { lost, missing } = await askCollection(context, 90_000, 200_000);
        assert.deepEqual([lost, times()], [1, 7]);
        // Two replicas have it, and still the query does not give it: that is for the report to say.
        const copies = { "m3-cluster-rep0-0": 1, "m3-cluster-rep1-0": 0, "m3-cluster-rep2-0": 1 };
        assert.deepEqual(missing, [{ series: "job a, b", samples: 1, from: 190_000, to: 190_000, copies }]);
    });

    it("is asked again where a side does not answer, and told at last if it never does", async () => {
        const { context, times } = asked(4, 2);
        const { lost, prometheus } = await askCollection(context, 90_000, 200_000);
        assert.deepEqual([lost, prometheus.samples, prometheus.error, times()], [0, 4, undefined, 3]);
        const dead = asked(4, 100);
        const { prometheus: silent } = await askCollection(dead.context, 90_000, 200_000);
        assert.deepEqual([silent.error, dead.times()], ["no answer within 8 s", 7]);
    });
});
