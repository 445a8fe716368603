import type { SettingProblem } from "../problems.ts";
import type { Scenario } from "../scenario.ts";
import { prometheusSchema } from "../schema/prometheus.ts";
import type { Site } from "../site.ts";
import { prometheusMilliseconds } from "../units.ts";
import { gatewayOnly } from "./identities.ts";

/** Where Prometheus writes to and reads from, and how. */
export function remoteStorage(site: Site, scenario: Scenario): SettingProblem[] {
    return [
        ...addresses(scenario),
        ...queueRanges(scenario),
        ...relabelling(scenario),
        ...localStorage(site, scenario),
    ];
}

/** What Prometheus writes to takes writes, and both ask for the right path; where they lead is service-urls.ts. */
function addresses(scenario: Scenario): SettingProblem[] {
    const problems: SettingProblem[] = [];
    const write = new URL(scenario.prometheus.remoteWrite.url);
    const toQuery =
        write.hostname.split(".")[0] === "m3query" ||
        (write.port === String(scenario.query.nodePort) && !gatewayOnly(scenario));
    if (toQuery) {
        problems.push({
            path: "m3perf:prometheus.remoteWrite.url",
            value: scenario.prometheus.remoteWrite.url,
            reason:
                scenario.query.mode === "integrated"
                    ? "points to the address for queries: use m3coordinator, the address for writes, which stays when queries get processes of their own again"
                    : "points to m3query, which takes no writes: use m3coordinator",
        });
    }
    const paths = { remoteWrite: "/api/v1/prom/remote/write", remoteRead: "/api/v1/prom/remote/read" } as const;
    for (const key of ["remoteWrite", "remoteRead"] as const) {
        const { url } = scenario.prometheus[key];
        const { pathname, username, password } = new URL(url);
        const path = `m3perf:prometheus.${key}.url`;
        if (username || password) {
            const value = url.replace(/\/\/[^/@]*@/, "//…@");
            problems.push({ path, value, reason: "holds a user name or a password: use credentials, from a Secret" });
        }
        if (pathname !== paths[key]) problems.push({ path, value: url, reason: `must end in ${paths[key]}` });
    }
    return problems;
}

function queueRanges({ prometheus }: Scenario): SettingProblem[] {
    const { queue } = prometheus.remoteWrite;
    const path = "m3perf:prometheus.remoteWrite.queue";
    const problems: SettingProblem[] = [];
    if (queue.minShards > queue.maxShards) {
        problems.push({
            path: `${path}.minShards`,
            value: queue.minShards,
            reason: `must be at most maxShards, ${queue.maxShards}`,
        });
    }
    if (queue.maxSamplesPerSend > queue.capacity) {
        problems.push({
            path: `${path}.maxSamplesPerSend`,
            value: queue.maxSamplesPerSend,
            reason: `must be at most capacity, ${queue.capacity}: a shard that buffers less never fills a request (Prometheus advises a capacity of 3 to 10 requests)`,
        });
    }
    if (prometheusMilliseconds(queue.minBackoff) > prometheusMilliseconds(queue.maxBackoff)) {
        problems.push({
            path: `${path}.minBackoff`,
            value: queue.minBackoff,
            reason: `must be at most maxBackoff, ${queue.maxBackoff}`,
        });
    }
    return problems;
}

function relabelling({ prometheus }: Scenario): SettingProblem[] {
    return prometheus.remoteWrite.writeRelabelConfigs.flatMap(
        ({ action, targetLabel, modulus, sourceLabels }, index) => {
            const path = `m3perf:prometheus.remoteWrite.writeRelabelConfigs[${index}]`;
            const missing = (key: string) => ({
                path: `${path}.${key}`,
                value: undefined,
                reason: `is missing: the action ${action} needs it`,
            });
            return [
                ...((action === "replace" || action === "hashmod") && targetLabel === undefined
                    ? [missing("targetLabel")]
                    : []),
                ...(action === "hashmod" && modulus === undefined ? [missing("modulus")] : []),
                ...((action === "keep" || action === "drop") && sourceLabels === undefined
                    ? [missing("sourceLabels")]
                    : []),
            ];
        },
    );
}

function localStorage(site: Site, { prometheus }: Scenario): SettingProblem[] {
    if (prometheus.localStorage !== "agent") return [];
    const problems: SettingProblem[] = [];
    if (site.prometheus.kind === "operator") {
        problems.push({
            path: "m3perf:prometheus.localStorage",
            value: "agent",
            reason: `cannot be had of a Prometheus custom resource (site ${site.name}): the operator's agents are objects of another kind, PrometheusAgent; use keep or minimal`,
        });
    }
    const defaults = prometheusSchema.parse({}).remoteRead;
    for (const [key, value] of Object.entries(prometheus.remoteRead)) {
        // The URL of another namespace is no wish to read: m3perf:namespace asks for it.
        if (key === "url" || JSON.stringify(value) === JSON.stringify(defaults[key as keyof typeof defaults])) continue;
        problems.push({
            path: `m3perf:prometheus.remoteRead.${key}`,
            value,
            reason: "has no effect with localStorage agent: an agent answers no queries, so it reads from nowhere",
        });
    }
    return problems;
}
