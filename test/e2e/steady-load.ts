/**
 * A steady write load on M3 and what became of it. Each sample's value follows from its series and time, so a reader can tell a
 * lost, a wrong and a doubled one. Only what M3 has acknowledged is asked back.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { jsonOf, send } from "../../support/http.ts";

interface Sample {
    series: number;
    /** Unix seconds. */
    time: number;
}

interface Matrix {
    data: { result: { metric: Record<string, string>; values: [number, string][] }[] };
}

const metric = "m3perf_roll_probe";
const seriesCount = 20;
const expected = ({ series, time }: Sample) => series * 100_000 + (time % 100_000);

export interface SteadyLoad {
    acknowledged: Sample[];
    /** Writes that no node acknowledged. */
    refused: number;
    /** Ends it; returns once every write in hand has its answer. */
    stop(): Promise<void>;
}

/** Writes one sample of each series a second through the NodePort of whichever of the nodes answers. */
export function startLoad(addresses: string[], port: number): SteadyLoad {
    const stop = new AbortController();
    const load: SteadyLoad = { acknowledged: [], refused: 0, stop: async () => {} };
    const write = async (sample: Sample) => {
        const { series, time } = sample;
        const body = {
            tags: { __name__: metric, series: String(series) },
            timestamp: String(time),
            value: expected(sample),
        };
        for (const address of addresses) {
            const url = new URL(`http://${address}:${port}/api/v1/json/write`);
            const { status } = await send(url, { method: "POST", body }).catch(() => ({ status: 0 }));
            if (status === 200) return load.acknowledged.push(sample);
        }
        load.refused += 1;
    };
    const writing = (async () => {
        const inHand: Promise<unknown>[] = [];
        while (!stop.signal.aborted) {
            const time = Math.floor(Date.now() / 1000);
            for (let series = 0; series < seriesCount; series += 1) inHand.push(write({ series, time }));
            await sleep(1000 - (Date.now() % 1000), undefined, { signal: stop.signal }).catch(() => {});
        }
        await Promise.all(inHand);
    })();
    load.stop = () => {
        stop.abort();
        return writing;
    };
    return load;
}

/** What is wrong with the acknowledged samples as m3query gives them back; empty: nothing. */
export async function lossesOf({ acknowledged }: SteadyLoad, address: string, port: number): Promise<string[]> {
    const times = acknowledged.map(({ time }) => time);
    const [from, to] = [Math.min(...times), Math.max(...times)];
    const query = { query: `${metric}[${to - from + 60}s]`, time: String(to + 1) };
    const answer = await send(new URL(`http://${address}:${port}/api/v1/query`), { query });
    const { data } = jsonOf<Matrix>(answer, "query of the load");
    const read = new Map<string, string[]>();
    for (const { metric: labels, values } of data.result) {
        for (const [time, value] of values) {
            const key = `${labels.series} at ${time}`;
            read.set(key, [...(read.get(key) ?? []), value]);
        }
    }
    return acknowledged.flatMap((sample) => {
        const key = `${sample.series} at ${sample.time}`;
        const values = read.get(key) ?? [];
        const right = values.length === 1 && Number(values[0]) === expected(sample);
        return right ? [] : [`series ${key}: ${values.join(", ") || "nothing"} instead of ${expected(sample)}`];
    });
}
