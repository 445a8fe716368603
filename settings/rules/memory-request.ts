import type { SettingProblem } from "../problems.ts";
import type { Scenario } from "../scenario.ts";
import type { Site } from "../site.ts";
import { memoryOf } from "../sizing.ts";
import { mebibytesOf } from "../units.ts";

/** `m3perf:m3db.memoryRequest` is at most the limit: Kubernetes refuses a pod that reserves more than it may use. */
export function memoryRequest(site: Site, scenario: Scenario): SettingProblem[] {
    const { memoryRequest: value } = scenario.m3db;
    const { m3db } = memoryOf(site, scenario);
    if (value === undefined || m3db === 0 || mebibytesOf(value) <= m3db) return [];
    const reason = `is more than the pod may use (m3perf:m3db.memory, ${m3db}Mi): leave it out to reserve all of that`;
    return [{ path: "m3perf:m3db.memoryRequest", value, reason }];
}

/** Meant for an experiment; by mistake it is an outage to come. */
export function overcommitted(site: Site, scenario: Scenario): string[] {
    const { memoryRequest: value } = scenario.m3db;
    const { m3db } = memoryOf(site, scenario);
    if (value === undefined || mebibytesOf(value) >= m3db) return [];
    return [
        `m3perf:m3db.memoryRequest reserves ${value} of the ${m3db}Mi that a database pod may use: others may be put into the rest, and when it grows the kernel kills one of them, or the node stops answering`,
    ];
}
