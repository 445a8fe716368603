import assert from "node:assert/strict";
import { parseMetrics } from "../../../operations/access/prometheus.ts";
import { type QueueState, queueFault, queueState, queueText } from "../../../operations/checks/remote-write.ts";

const url = "http://m3coordinator.m3db:7201/api/v1/prom/remote/write";
const well: QueueState = {
    ...{ sent: 10_000, failed: 0, retried: 4, dropped: [], pending: 3, behind: 2 },
    ...{ shards: 2, shardsDesired: 1.4, shardsMost: 50 },
};

describe("the state of a remote write", () => {
    it("is read from Prometheus' own metrics, of the queue that is meant", () => {
        const metrics = ["10", "99"].map((value, i) => {
            const of = i === 0 ? `{remote_name="m3",url="${url}"}` : '{remote_name="other",url="http://other"}';
            const reason = of.replace("{", '{reason="too_old",');
            return [
                `prometheus_remote_storage_samples_total${of} ${value}`,
                `prometheus_remote_storage_samples_retried_total${of} ${value}`,
                `prometheus_remote_storage_samples_dropped_total${reason} ${value}`,
                `prometheus_remote_storage_shards${of} ${value}`,
                `prometheus_remote_storage_shards_desired${of} ${value}.25`,
                `prometheus_remote_storage_shards_max${of} ${value}`,
            ].join("\n");
        });
        const state = queueState(parseMetrics(metrics.join("\n")), url);
        assert.deepEqual(state, {
            ...{ sent: 10, failed: 0, retried: 10, dropped: [{ reason: "too_old", value: 10 }], pending: 0 },
            ...{ shards: 10, shardsDesired: 10.25, shardsMost: 10, behind: undefined },
        });
        assert.ok(state);
        assert.equal(
            queueText(state),
            "10 samples sent, 0 refused, 10 sent again, 10 dropped (too_old), 0 pending, 10 shards of at most 10 (wants 10.3), lag not told",
        );
    });

    const cases: [string, Partial<QueueState>, RegExp | undefined][] = [
        ["keeps up", {}, undefined],
        ["wants more shards than it may have, but is not late", { shardsDesired: 60 }, undefined],
        [
            "wants more shards than it may have, and is late",
            { shardsDesired: 60, behind: 15 },
            /wants 60.0 shards and may have 50/,
        ],
        ["is far behind", { behind: 61 }, /too slow/],
        ["has sent nothing", { sent: 0 }, /do not answer/],
        ["is refused", { failed: 200 }, /M3 refuses/],
        ["gives up old samples", { dropped: [{ reason: "too_old", value: 200 }] }, /sample_age_limit/],
        [
            "drops what its own relabelling leaves out",
            { dropped: [{ reason: "dropped_series", value: 200 }] },
            undefined,
        ],
    ];
    for (const [what, change, expected] of cases) {
        it(`${expected ? "is a fault" : "is well"} when it ${what}`, () => {
            const fault = queueFault({ ...well, ...change });
            if (expected) assert.match(fault ?? "", expected);
            else assert.equal(fault, undefined);
        });
    }
});
