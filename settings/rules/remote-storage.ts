import type { SettingProblem } from "../problems.ts";
import type { Scenario } from "../scenario.ts";

/** What Prometheus writes to takes writes, and both ask for the right path; where they lead is service-urls.ts. */
export function remoteStorage(scenario: Scenario): SettingProblem[] {
    const problems: SettingProblem[] = [];
    const write = new URL(scenario.prometheus.remoteWrite.url);
    const toQuery = write.hostname.split(".")[0] === "m3query" || write.port === String(scenario.query.nodePort);
    if (toQuery) {
        problems.push({
            path: "m3perf:prometheus.remoteWrite.url",
            value: scenario.prometheus.remoteWrite.url,
            reason: "points to m3query, which answers 200 and drops writes: use m3coordinator",
        });
    }
    const paths = { remoteWrite: "/api/v1/prom/remote/write", remoteRead: "/api/v1/prom/remote/read" } as const;
    for (const key of ["remoteWrite", "remoteRead"] as const) {
        const { url } = scenario.prometheus[key];
        const { pathname } = new URL(url);
        const path = `m3perf:prometheus.${key}.url`;
        if (pathname !== paths[key]) problems.push({ path, value: url, reason: `must end in ${paths[key]}` });
    }
    return problems;
}
