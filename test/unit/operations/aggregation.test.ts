import assert from "node:assert/strict";
import { aggregatesArrive } from "../../../operations/checks/aggregation.ts";
import type { EnvironmentNamespace } from "../../../settings/environment.ts";
import { environment, healthy } from "./healthy.ts";

/** The check, in an environment with one namespace more, in which nothing is. */
function judge(more: Omit<EnvironmentNamespace, "name" | "retention">) {
    const { context } = healthy();
    const namespaces = [...environment.cluster.namespaces, { name: "more", retention: "72h", ...more }];
    return aggregatesArrive.run({
        ...context,
        environment: { ...environment, cluster: { ...environment.cluster, namespaces } },
    });
}

describe("the check that aggregates arrive", () => {
    it("wants values in a namespace that gets every sample", async () => {
        const result = await judge({ resolution: "30s" });
        assert.equal(result.ok, false);
        assert.match(result.evidence.toString(), /more: nothing in the last 180 s/);
    });

    const excused: [string, Omit<EnvironmentNamespace, "name" | "retention">][] = [
        ["gets what matches alone", { resolution: "30s", match: ["service:checkout"] }],
        ["gets what rules send there alone", { resolution: "30s", samples: "mapped" }],
        ["has its first value too late", { resolution: "10m" }],
        ["is unaggregated", {}],
    ];
    for (const [what, more] of excused) {
        it(`wants none in one that ${what}`, async () => {
            const result = await judge(more);
            assert.equal(result.ok, true, JSON.stringify(result));
            assert.doesNotMatch(result.evidence.toString(), /more/);
        });
    }
});
