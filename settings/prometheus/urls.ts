import type { Scenario } from "../scenario.ts";
import { prometheusSchema } from "../schema/prometheus.ts";

/** The scenario with URLs that nobody gave leading to the services in m3perf:namespace. */
export function withNamespace(scenario: Scenario): Scenario {
    const { prometheus, namespace } = scenario;
    const defaults = prometheusSchema.parse({});
    const url = (kind: "remoteWrite" | "remoteRead") => {
        const given = prometheus[kind].url;
        return given === defaults[kind].url ? given.replace(".m3db:", `.${namespace}:`) : given;
    };
    return {
        ...scenario,
        prometheus: {
            ...prometheus,
            remoteWrite: { ...prometheus.remoteWrite, url: url("remoteWrite") },
            remoteRead: { ...prometheus.remoteRead, url: url("remoteRead") },
        },
    };
}
