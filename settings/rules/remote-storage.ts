import type { SettingProblem } from "../problems.ts";
import type { Scenario } from "../scenario.ts";

/** Where Prometheus writes to and reads from. */
export function remoteStorage(scenario: Scenario): SettingProblem[] {
    const problems: SettingProblem[] = [];
    const write = new URL(scenario.prometheus.remoteWrite.url);
    const toQuery = write.hostname.split(".")[0] === "m3query" || write.port === String(scenario.query.nodePort);
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
        const { hostname, pathname } = new URL(url);
        const path = `m3perf:prometheus.${key}.url`;
        if (pathname !== paths[key]) problems.push({ path, value: url, reason: `must end in ${paths[key]}` });
        // A Service of ours by its name inside the cluster, but in another namespace: nothing would answer there.
        const [service = "", namespace, svc = "svc"] = hostname.split(".");
        const ours = ["m3coordinator", "m3query"].includes(service) && svc === "svc";
        if (ours && namespace !== undefined && namespace !== scenario.namespace) {
            problems.push({
                path,
                value: url,
                reason: `points to the namespace ${namespace}, and m3perf:namespace is ${scenario.namespace}: use ${url.replace(`${service}.${namespace}`, `${service}.${scenario.namespace}`)}`,
            });
        }
    }
    return problems;
}
