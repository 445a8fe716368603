/**
 * The open loop: every request goes out at its own intended time, whatever became of those before. At most `concurrency` are in hand;
 * others wait, and their latency counts from the intended time, so a slow receiver cannot hide by being asked less often (coordinated
 * omission). What would wait longer than a sample is worth is never sent, and counted. Nothing is tried twice.
 */
import type { Clock } from "./clock.ts";
import { requestsOf, type ScheduledRequest } from "./schedule.ts";
import type { LedgerEntry, LoadPlan } from "./types.ts";

export type Outcome = LedgerEntry["outcome"];

/** One request at one time. */
export interface DueRequest extends ScheduledRequest {
    /** Its place in the schedule. */
    index: number;
    /** When it is to go out, and what its samples' time says. */
    time: number;
}

export interface Answer {
    outcome: Exclude<Outcome, "unsent">;
    /** What was wrong, for people: "HTTP 500 …". */
    error?: string;
}

export interface EngineParts {
    clock: Clock;
    /** Sends one request; `lane` is 0 … concurrency - 1 and not in use by another. Never rejects. */
    send(request: DueRequest, lane: number): Promise<Answer>;
    onDue(request: DueRequest): void;
    onSettled(request: DueRequest, outcome: Outcome, latencyMs: number, error?: string): void;
    /** At the end of each whole second since the start: everything due before it has been told. */
    onSecond(at: number, state: { inHand: number; waiting: number }): void;
}

/** ms of the plan whose requests may wait. */
export const waitingMs = ({ intervalMs, timeoutMs }: LoadPlan) => Math.max(intervalMs, timeoutMs);
const waitingLimit = (plan: LoadPlan, perInterval: number) =>
    Math.ceil((perInterval * waitingMs(plan)) / plan.intervalMs);

export function runEngine(plan: LoadPlan, startedAt: number, parts: EngineParts) {
    const { clock } = parts;
    const schedule = requestsOf(plan);
    const limit = waitingLimit(plan, schedule.length);
    const end = plan.durationMs === undefined ? Number.POSITIVE_INFINITY : startedAt + plan.durationMs;
    const lanes = Array.from({ length: plan.concurrency }, (_, lane) => lane).reverse();
    let waiting: DueRequest[] = [];
    let [round, index, second] = [0, 0, startedAt + 1000];
    let [stopped, finished] = [false, false];
    let cancel = () => {};
    const { promise: done, resolve: finish } = Promise.withResolvers<void>();

    /** When the next request is due; undefined when there is none. */
    function nextTime(): number | undefined {
        const time = startedAt + round * plan.intervalMs + (schedule[index]?.offsetMs ?? 0);
        return stopped || time >= end ? undefined : time;
    }

    function takeNext(time: number): void {
        const request = schedule[index];
        if (request === undefined) return;
        const due: DueRequest = { ...request, index, time };
        index++;
        if (index === schedule.length) [index, round] = [0, round + 1];
        parts.onDue(due);
        if (lanes.length > 0) send(due);
        else if (waiting.length < limit) waiting.push(due);
        else parts.onSettled(due, "unsent", clock.now() - due.time);
    }

    function send(due: DueRequest): void {
        const lane = lanes.pop();
        if (lane === undefined) throw new Error("no lane is free");
        void parts.send(due, lane).then(({ outcome, error }) => {
            lanes.push(lane);
            parts.onSettled(due, outcome, clock.now() - due.time, error);
            const next = waiting.shift();
            if (next) send(next);
            if (stopped || clock.now() >= end) step();
        });
    }

    const inHand = () => plan.concurrency - lanes.length;

    function giveUpWaiting(): void {
        const given = waiting;
        waiting = [];
        for (const due of given) parts.onSettled(due, "unsent", clock.now() - due.time);
    }

    /** Everything that is due by now, in the order of its time. */
    function step(): void {
        if (finished) return;
        cancel();
        const now = clock.now();
        let due = nextTime();
        while (Math.min(due ?? Number.POSITIVE_INFINITY, second) <= now) {
            if (due !== undefined && due < second) takeNext(due);
            else {
                parts.onSecond(second, { inHand: inHand(), waiting: waiting.length });
                second += 1000;
            }
            due = nextTime();
        }
        // After the end, those that wait are still sent, but not for ever.
        if (due === undefined && now >= end + plan.timeoutMs) giveUpWaiting();
        if ((stopped || now >= end) && inHand() === 0 && waiting.length === 0) {
            finished = true;
            finish();
            return;
        }
        cancel = clock.at(Math.min(due ?? (now < end ? end : second), second), step);
    }

    step();
    return {
        done,
        /** Nothing new goes out, what waits is given up; `done` when those in hand are answered or timed out. */
        stop() {
            stopped = true;
            giveUpWaiting();
            step();
        },
    };
}
