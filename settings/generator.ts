import type { GeneratorSettings } from "./schema/generator.ts";
import { secondsOf } from "./units.ts";

/** The generator's settings as options of agent/load/main.ts. What has a default here is given, whatever the program's is. */
export function generatorTexts(generator: GeneratorSettings, url: string) {
    const { counter, gauge, histogram } = generator.kinds;
    return {
        "remote-url": url,
        series: String(generator.series),
        interval: generator.interval,
        kinds: `counter=${counter},gauge=${gauge},histogram=${histogram}`,
        labels: String(generator.labels),
        "label-bytes": String(generator.labelBytes),
        churn: String(generator.churn),
        tenants: String(generator.tenants),
        replicas: String(generator.replicas),
        ...(generator.batch === undefined ? {} : { batch: String(generator.batch) }),
        concurrency: String(generator.concurrency),
        timeout: generator.timeout,
        run: generator.run,
        // Its part by the number at the end of the pod's name.
        worker: `auto/${generator.workers}`,
    };
}

/** Samples a second that one worker sends; they have equal parts. */
export function workerRate({ series, interval, replicas, workers }: GeneratorSettings): number {
    return (series * replicas) / (secondsOf(interval) ?? 1) / workers;
}
