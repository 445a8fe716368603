import assert from "node:assert/strict";
import { clocks, skewAtLeast } from "../../../operations/checks/clock.ts";
import { healthy, now } from "./healthy.ts";

describe("the skew of a clock", () => {
    it("claims no more than a header to the second and the time of the call allow", () => {
        // Asked from 10.2 s to 10.7 s of ours.
        const told = (date: number) => skewAtLeast(date * 1000, 10_200, 10_700);
        assert.equal(told(10), 0);
        assert.equal(told(9), -0.2); // It stood at 9.999 at the most when we had 10.2 at the least.
        assert.equal(told(11), 0.3);
        assert.equal(told(40), 29.3);
        assert.equal(told(0), -9.2);
    });

    it("is not claimed of a slow call", () => assert.equal(skewAtLeast(10_000, 8_000, 14_000), 0));

    it("leaves a kubelet that does not answer to nodes.ready, and says what it does not know", async () => {
        const fake = healthy();
        fake.answers.set("/api/v1/nodes/worker-1/proxy/healthz", {
            status: 503,
            body: "dial",
            date: new Date(0).toUTCString(),
        });
        const verdict = await clocks.run(fake.context);
        assert.ok(verdict.ok);
        assert.match(
            verdict.evidence,
            /^5 nodes within 2 s of this machine's clock; worker-1: not told: \/healthz answered 503 dial$/,
        );

        for (const { name } of fake.context.environment.nodes) {
            fake.answers.set(`/api/v1/nodes/${name}/proxy/healthz`, {
                status: 403,
                body: "no",
                date: new Date(now).toUTCString(),
            });
        }
        const none = await clocks.run(fake.context);
        assert.ok(none.ok);
        assert.match(none.evidence, /^no kubelet told its time/);
    });
});
