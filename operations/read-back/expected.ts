import type { LedgerEntry } from "../../agent/load/types.ts";
import { type Outcome, outcomes } from "./ledger.ts";

/** Which series of a load: its slot, how often churn has replaced it, and which of the identical senders has sent it. */
export interface SeriesKey {
    slot: number;
    generation: number;
    replica: number;
}

/** One series' samples as the ledger has them: outcome by time. */
export interface ExpectedSeries extends SeriesKey {
    times: Map<number, Outcome>;
}

export type Expected = Map<string, ExpectedSeries>;

export const keyText = ({ slot, generation, replica }: SeriesKey) => `${slot}/${generation}/${replica}`;

/** What the ledger says of some slots. A sample that was sent twice has the better outcome: it is there if either was taken. Pure. */
export function expectedOf(entries: Required<LedgerEntry>[], from: number, to: number): Expected {
    const expected: Expected = new Map();
    for (const entry of entries) {
        const end = Math.min(entry.to, to);
        for (let slot = Math.max(entry.from, from); slot < end; slot += 1) {
            const { generation, replica, time, outcome } = entry;
            const key = keyText({ slot, generation, replica });
            let series = expected.get(key);
            if (!series) {
                series = { slot, generation, replica, times: new Map() };
                expected.set(key, series);
            }
            const known = series.times.get(time);
            if (known === undefined || outcomes.indexOf(outcome) > outcomes.indexOf(known))
                series.times.set(time, outcome);
        }
    }
    return expected;
}
