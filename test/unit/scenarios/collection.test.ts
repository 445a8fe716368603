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

/** M3 has one sample more each time that it is asked, up to `most`. */
function asked(most: number) {
    let times = 0;
    const context = {
        environment,
        kubernetes: {
            service: async (_: string, __: string, ___: number, path: string) =>
                path.includes("status/config") ? config : answer(4),
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
        const { lost, prometheus, m3 } = await askCollection(context, 90_000, 200_000);
        assert.deepEqual([lost, prometheus.samples, m3.samples, times()], [0, 4, 4, 3]);
    });

    it("is lost where M3 lacks it after a minute, too", async () => {
        const { context, times } = asked(3);
        const { lost } = await askCollection(context, 90_000, 200_000);
        assert.deepEqual([lost, times()], [1, 7]);
    });
});
