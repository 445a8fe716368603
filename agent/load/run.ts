/** A load put together: engine, encoder, sender and recorder. */
import { realClock } from "./clock.ts";
import { Encoder } from "./encoding.ts";
import { runEngine } from "./engine.ts";
import { ledgerOf, Recorder } from "./recorder.ts";
import { requestsOf } from "./schedule.ts";
import { createSender } from "./sender.ts";
import { tenantOf } from "./series.ts";
import type { LedgerEntry, LoadInterval, LoadPlan } from "./types.ts";

export interface LoadEvents {
    interval(line: LoadInterval): void;
    ledger(entries: LedgerEntry[]): void;
}

export interface RunningLoad {
    /** Nothing new goes out; those in hand are awaited, to their time-out at most. */
    stop(): void;
    /** The last line has been told. */
    done: Promise<void>;
}

/**
 * The time at which a load begins that `prepareLoad` is called for now: labels are encoded before it, so that the first requests
 * go out as quickly as later ones. Whole ms, as times of samples are.
 */
export function prepareLoad(plan: LoadPlan): { encoder: Encoder; startedAt: number } {
    const schedule = requestsOf(plan).map((request, index) => ({ ...request, index }));
    // Before anything is replaced by churn the bytes are the same, whenever it starts.
    const begun = realClock.now();
    const encoder = new Encoder(plan);
    for (const request of schedule) encoder.prepare(request, begun, begun);
    return { encoder, startedAt: Math.ceil(realClock.now()) + 1 };
}

export function startLoad(
    plan: LoadPlan,
    { encoder, startedAt }: ReturnType<typeof prepareLoad>,
    events: LoadEvents,
    tokens: string[] = [],
): RunningLoad {
    const sender = createSender(plan, tokens);
    const recorder = new Recorder(startedAt);
    const engine = runEngine(plan, startedAt, {
        clock: realClock,
        send: (request, lane) =>
            sender.post(encoder.body(request, request.time, startedAt, lane), tenantOf(plan, request.from)),
        onDue: (request) => recorder.due(request),
        onSettled(request, outcome, latencyMs, error) {
            recorder.settled(request, outcome, latencyMs, error);
            events.ledger(ledgerOf(plan, startedAt, request, outcome));
        },
        onSecond: (at, state) => events.interval(recorder.line(at, state)),
    });
    const done = engine.done.then(() => {
        sender.close();
        const rest = recorder.line(realClock.now(), { inHand: 0, waiting: 0 });
        if (rest.seconds > 0 || rest.intended > 0 || rest.requests > 0) events.interval(rest);
    });
    return { stop: () => engine.stop(), done };
}
