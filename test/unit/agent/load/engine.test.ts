import assert from "node:assert/strict";
import type { Clock } from "../../../../agent/load/clock.ts";
import { type Answer, type DueRequest, type Outcome, runEngine } from "../../../../agent/load/engine.ts";
import type { LoadPlan } from "../../../../agent/load/types.ts";
import { planOf } from "./plans.ts";

const start = 1_795_000_000_000;

/** Time that passes when the test says so. */
class FakeClock implements Clock {
    #now = start;
    #timers = new Map<() => void, number>();
    now = () => this.#now;
    at(time: number, run: () => void) {
        this.#timers.set(run, time);
        return () => void this.#timers.delete(run);
    }
    /** To `ms` after the start, with everything that is due on the way and what it leads to. */
    async to(ms: number): Promise<void> {
        for (;;) {
            await settled();
            const [next] = [...this.#timers].sort(([, a], [, b]) => a - b);
            if (!next || next[1] > start + ms) break;
            this.#now = Math.max(this.#now, next[1]);
            this.#timers.delete(next[0]);
            next[0]();
        }
        this.#now = start + ms;
    }
    /** The process gets no CPU until then: nothing is called back in between. */
    hang(ms: number): void {
        this.#now = start + ms;
    }
}

/** What promises that are settled lead to has been done. */
const settled = () => new Promise<void>((done) => setImmediate(done));

/** An engine whose requests the test answers. */
function world(changes: Partial<LoadPlan>) {
    const plan = planOf({ series: 40, batch: 10, intervalMs: 1000, timeoutMs: 1000, concurrency: 2, ...changes });
    const clock = new FakeClock();
    const inHand: { request: DueRequest; lane: number; sentAt: number; answer(answer?: Answer): void }[] = [];
    const settledRequests: { at: number; outcome: Outcome; latency: number; request: DueRequest }[] = [];
    const seconds: { at: number; due: number; inHand: number; waiting: number }[] = [];
    let due = 0;
    const engine = runEngine(plan, start, {
        clock,
        send: (request, lane) =>
            new Promise((settle) => {
                const one = {
                    request,
                    lane,
                    sentAt: clock.now() - start,
                    answer(answer: Answer = { outcome: "acknowledged" }) {
                        inHand.splice(inHand.indexOf(one), 1);
                        settle(answer);
                    },
                };
                inHand.push(one);
            }),
        onDue: () => void due++,
        onSettled: (request, outcome, latency) =>
            settledRequests.push({ request, outcome, latency, at: clock.now() - start }),
        onSecond: (at, state) => seconds.push({ at: at - start, due, ...state }),
    });
    let ended = false;
    void engine.done.then(() => (ended = true));
    return { plan, clock, engine, inHand, settledRequests, seconds, due: () => due, ended: () => ended };
}

const latencies = ({ settledRequests }: ReturnType<typeof world>) => settledRequests.map(({ latency }) => latency);

describe("load: open loop", () => {
    it("sends each request at its intended time, evenly over the interval", async () => {
        const { clock, inHand } = world({ concurrency: 100 });
        await clock.to(1999);
        assert.deepEqual(
            inHand.map(({ sentAt }) => sentAt),
            [0, 250, 500, 750, 1000, 1250, 1500, 1750],
        );
        assert.deepEqual(
            inHand.map(({ request }) => [request.from, request.to, request.time - start]),
            [
                [0, 10, 0],
                [10, 20, 250],
                [20, 30, 500],
                [30, 40, 750],
                [0, 10, 1000],
                [10, 20, 1250],
                [20, 30, 1500],
                [30, 40, 1750],
            ],
        );
    });

    it("counts latency from the intended time when the receiver stalls, so that a stall is not hidden", async () => {
        const seen = world({ concurrency: 1 });
        await seen.clock.to(900); // due at 0, 250, 500, 750: one in hand, three wait
        assert.equal(seen.inHand.length, 1);
        for (let left = 4; left > 0; left--) {
            seen.inHand[0]?.answer();
            await settled();
        }
        // A closed loop would have told 900, 0, 0, 0: its requests would have been "sent" when the receiver was ready.
        assert.deepEqual(latencies(seen), [900, 650, 400, 150]);
    });

    it("counts the generator's own lateness, too", async () => {
        const seen = world({ concurrency: 10 });
        seen.clock.hang(600);
        await seen.clock.to(600);
        while (seen.inHand[0]) seen.inHand[0].answer();
        await settled();
        assert.deepEqual(latencies(seen), [600, 350, 100]);
    });

    it("never has more in hand than `concurrency`, each in a lane of its own, and lets waiting ones go in order", async () => {
        const { clock, inHand } = world({ concurrency: 3, timeoutMs: 5000 });
        await clock.to(1900);
        assert.deepEqual(inHand.map(({ lane }) => lane).sort(), [0, 1, 2]);
        inHand[1]?.answer();
        await settled();
        assert.deepEqual(
            inHand.map(({ request }) => request.time - start),
            [0, 500, 750],
        );
        assert.deepEqual(inHand.map(({ lane }) => lane).sort(), [0, 1, 2]);
    });

    it("lets only so many wait; the rest is unsent at once, and all that was due is accounted for at the end", async () => {
        const seen = world({ concurrency: 1, timeoutMs: 500, durationMs: 3000 });
        await seen.clock.to(2999); // 12 due: 1 in hand, 4 wait (those of one interval), 7 unsent
        assert.deepEqual(
            seen.settledRequests.map(({ outcome, request }) => [outcome, request.time - start]),
            [1250, 1500, 1750, 2000, 2250, 2500, 2750].map((time) => ["unsent", time]),
        );
        seen.inHand[0]?.answer();
        await seen.clock.to(3400);
        seen.inHand[0]?.answer({ outcome: "unknown" });
        await seen.clock.to(4100); // half a second after the end those that still wait are given up
        assert.equal(seen.inHand.length, 1);
        assert.equal(seen.ended(), false);
        seen.inHand[0]?.answer({ outcome: "refused" });
        await settled();
        assert.equal(seen.ended(), true);
        const count = (outcome: Outcome) => seen.settledRequests.filter((one) => one.outcome === outcome).length;
        assert.deepEqual(
            [seen.due(), count("acknowledged"), count("unknown"), count("refused"), count("unsent")],
            [12, 1, 1, 1, 9],
        );
    });

    it("tells each second after everything that was due in it, also when it woke up late", async () => {
        const seen = world({ concurrency: 1 });
        await seen.clock.to(400);
        seen.clock.hang(2600);
        await seen.clock.to(2600);
        assert.deepEqual(
            seen.seconds.map(({ at, due }) => [at, due]),
            [
                [1000, 4],
                [2000, 8],
            ],
        );
        assert.deepEqual([seen.seconds[0]?.inHand, seen.seconds[0]?.waiting], [1, 3]);
    });

    it("ends when asked: nothing new, those that wait are unsent, those in hand are awaited", async () => {
        const seen = world({ concurrency: 1 });
        await seen.clock.to(600);
        seen.engine.stop();
        await seen.clock.to(1500);
        assert.equal(seen.ended(), false);
        assert.equal(seen.due(), 3);
        seen.inHand[0]?.answer();
        await settled();
        assert.equal(seen.ended(), true);
        assert.deepEqual(
            seen.settledRequests.map(({ outcome }) => outcome),
            ["unsent", "unsent", "acknowledged"],
        );
    });

    it("ends by itself after the duration, not before, with as many requests as fit into it", async () => {
        const seen = world({ durationMs: 1600, concurrency: 100 });
        await seen.clock.to(1599);
        assert.equal(seen.due(), 7);
        while (seen.inHand[0]) seen.inHand[0].answer();
        await settled();
        assert.equal(seen.ended(), false, "a load of 1.6 s takes 1.6 s, though all is answered before");
        await seen.clock.to(1600);
        assert.equal(seen.ended(), true);
    });
});
