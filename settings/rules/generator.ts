import { planFrom } from "../../agent/load/plan.ts";
import { generatorOn } from "../demand.ts";
import { generatorTexts, workerRate } from "../generator.ts";
import type { SettingProblem } from "../problems.ts";
import type { Scenario } from "../scenario.ts";
import type { GeneratorSettings } from "../schema/generator.ts";
import type { Site } from "../site.ts";
import { mebibytesOf, millicoresOf } from "../units.ts";

/** The load generator as pods: what it refuses itself, and what it cannot do where it is put. */
export function generator(site: Site, scenario: Scenario): SettingProblem[] {
    if (!scenario.generator) return [];
    return [...ownRules(scenario.generator), ...place(site, scenario), ...room(scenario.generator)];
}

/** Options by their settings. */
const settingOf: Record<string, keyof GeneratorSettings> = { "label-bytes": "labelBytes", worker: "workers" };

/**
 * Those of the program itself, which would end each pod with them. The first worker has the fewest tens of series, the last one those that
 * do not fill a ten: one of them has the smallest part.
 */
function ownRules(settings: GeneratorSettings): SettingProblem[] {
    const texts = generatorTexts(settings, "http://m3coordinator/api/v1/prom/remote/write");
    const problemsOf = (index: number) => planFrom(texts, { hostname: `worker-${index}`, now: new Date(0) }).problems;
    const last = problemsOf(settings.workers - 1);
    return (last.length > 0 ? last : problemsOf(0)).map(({ what, why, next }) => {
        const option = /^--([a-z-]+)/.exec(what)?.[1] ?? "";
        const key = settingOf[option] ?? (option as keyof GeneratorSettings);
        const value = settings[key];
        return {
            path: `m3perf:generator.${key}`,
            value,
            reason: `is refused by the generator: ${why}${next ? `; ${next}` : ""}`,
        };
    });
}

function place(site: Site, scenario: Scenario): SettingProblem[] {
    const role = scenario.generator?.role;
    if (generatorOn(site, scenario).nodes.length > 0) return [];
    const there = ["repository", "coordinator", "aggregator"].filter((one) =>
        site.nodes.some(({ roles }) => roles.includes(one as (typeof roles)[number]) && !roles.includes("m3db")),
    );
    const reason = `is on no node of the site that M3DB leaves alone: ${there.join(", ") || "no other role"} would do; or give it to a node`;
    return [{ path: "m3perf:generator.role", value: role, reason }];
}

/**
 * One worker, measured (docs/load-in-cluster.md): CPU of a sample; memory of the program and of a series with its encoded labels.
 * Rounded up: what is asked for here is reserved.
 */
const worker = { microsecondsOfSample: 3, programMi: 160, bytesOfSeries: 350 };

function room(settings: GeneratorSettings): SettingProblem[] {
    const problems: SettingProblem[] = [];
    const { workers, series, replicas, cpu, memory } = settings;
    const rate = workerRate(settings);
    const milli = Math.ceil((rate * worker.microsecondsOfSample) / 1000);
    if (milli > 1000) {
        const least = Math.ceil((workers * milli) / 1000);
        const reason = `is too few: ${Math.round(rate)} samples/s of one worker take ${milli}m of CPU, and it uses one core at most: ${least} or more`;
        problems.push({ path: "m3perf:generator.workers", value: workers, reason });
    } else if (milli > millicoresOf(cpu)) {
        const reason = `is too little: ${Math.round(rate)} samples/s of one worker take ${milli}m: at least that, or more workers`;
        problems.push({ path: "m3perf:generator.cpu", value: cpu, reason });
    }
    const mebibytes = Math.ceil(worker.programMi + ((series * replicas) / workers) * (worker.bytesOfSeries / 2 ** 20));
    if (mebibytes > mebibytesOf(memory)) {
        const reason = `is too little for ${Math.ceil((series * replicas) / workers)} series of one worker: ${mebibytes}Mi at least, or more workers`;
        problems.push({ path: "m3perf:generator.memory", value: memory, reason });
    }
    return problems;
}
