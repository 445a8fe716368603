/** Samples one a second, and the windows that the aggregator makes of them: whether each holds all of its samples. */
import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "../../support/errors.ts";
import { remoteWrite } from "./m3-calls.ts";

/** Writes one sample of a series for each whole second, and none twice; what was not acknowledged is kept. */
export function writeEachSecond(address: string, port: number, labels: Record<string, string>) {
    const seen = { written: 0, failures: [] as string[], stop: async () => {} };
    const ending = new AbortController();
    const writing = (async () => {
        for (let second = Math.ceil(Date.now() / 1000); ; second += 1) {
            await sleep(Math.max(0, second * 1000 - Date.now()), undefined, { signal: ending.signal }).catch(() => {});
            if (ending.signal.aborted) return;
            const answer = await remoteWrite(address, port, [{ labels, value: 1, time: second * 1000 }]).catch(
                (error: unknown) => ({ status: 0, body: messageOf(error) }),
            );
            if (answer.status === 200) seen.written += 1;
            else seen.failures.push(`${new Date(second * 1000).toISOString()} ${answer.status} ${answer.body}`);
        }
    })();
    seen.stop = () => {
        ending.abort();
        return writing;
    };
    return seen;
}

/**
 * What is wrong with the counts of samples in windows of so many seconds, in the order of time: windows that are not there, or hold too few.
 * The first and the last may be of a part of the time. `twice`: samples that were counted more than once, as what was on its way to
 * an aggregator that ended may be: m3msg sends it until it is acknowledged. Pure.
 */
export function windowFaults(counts: [time: number, count: string][], seconds: number) {
    const at = (time: number) => new Date(time * 1000).toISOString().slice(11, 19);
    const gaps = counts.slice(1).flatMap(([time], index) => {
        const before = counts[index]?.[0] ?? time;
        return time - before === seconds ? [] : [`nothing between ${at(before)} and ${at(time)}`];
    });
    const whole = counts.slice(1, -1).map(([time, count]) => ({ time, count: Number(count) }));
    const few = whole.filter(({ count }) => count < seconds);
    return {
        missing: [...gaps, ...few.map(({ time, count }) => `${at(time)}: ${count} of ${seconds} samples`)],
        twice: whole.reduce((sum, { count }) => sum + Math.max(0, count - seconds), 0),
    };
}
