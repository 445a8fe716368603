/** A query load put together: the engine of the writes, queries instead of samples, and a recorder that counts queries. */
import { realClock } from "./clock.ts";
import { type DueRequest, runEngine } from "./engine.ts";
import { type ReadPlan, scheduleOf } from "./reads-plan.ts";
import { queriesOf } from "./reads-queries.ts";
import { createReadSender } from "./reads-sender.ts";
import { Recorder } from "./recorder.ts";
import type { RunningLoad } from "./run.ts";
import type { LoadInterval } from "./types.ts";

/** Runs a query load; `onInterval` gets a line each second. */
export function runReads(plan: ReadPlan, onInterval: (line: LoadInterval) => void, token?: string): RunningLoad {
    const startedAt = Math.ceil(realClock.now());
    const schedule = scheduleOf(plan);
    const queryOf = queriesOf(plan);
    const sender = createReadSender(plan, token);
    const recorder = new Recorder(startedAt);
    const told = (at: number, state: { inHand: number; waiting: number }): LoadInterval => ({
        ...recorder.line(at, state),
        kind: "read",
    });
    const engine = runEngine(schedule, startedAt, {
        clock: realClock,
        send(request) {
            const mustHaveData = plan.dataAfterMs !== undefined && request.time - startedAt >= plan.dataAfterMs;
            return sender.ask(queryOf(numberOf(request), request.time), mustHaveData);
        },
        onDue: (request) => recorder.due(request),
        onSettled: (request, outcome, latencyMs, error) => recorder.settled(request, outcome, latencyMs, error),
        onSecond: (at, state) => onInterval(told(at, state)),
    });
    /** The how manieth query of the load. */
    function numberOf({ index, time, offsetMs, to, from }: DueRequest): number {
        const round = Math.round((time - offsetMs - startedAt) / schedule.intervalMs);
        return round * schedule.series + index * (to - from);
    }
    const done = engine.done.then(() => {
        sender.close();
        const rest = told(realClock.now(), { inHand: 0, waiting: 0 });
        if (rest.seconds > 0 || rest.requests > 0) onInterval(rest);
    });
    return { stop: () => engine.stop(), done };
}
