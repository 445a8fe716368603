import type { RunRecord } from "../../operations/scenarios/types.ts";

/** Under what the made-up run was: as run.json has it. */
export function conditions(
    scenario: string,
): Pick<RunRecord, "stack" | "site" | "settings" | "versions" | "machine" | "load"> {
    return {
        stack: scenario,
        site: "lab",
        settings: {
            isolation: "dedicated",
            m3db: { memoryLimit: "1200Mi", replicationFactor: 3 },
            load: { series: 10_000 },
        },
        versions: {
            m3perf: "0.1.0 (made up for tests)",
            m3: "1.5.0",
            Kubernetes: "1.35.4",
            etcd: "3.4.23",
            Prometheus: "2.42.0",
            "m3db-operator": "lab operator, as 0.14.0",
        },
        machine: {
            cores: 2,
            memoryBytes: 24 * 2 ** 30,
            kernel: "6.1.0",
            note: "Made up for tests: nothing was measured.",
        },
        load: {
            run: "node-failure-1",
            series: 10_000,
            intervalMs: 5000,
            durationMs: 600_000,
            kinds: { counter: 0.5, gauge: 0.3, histogram: 0.2 },
            extraLabels: 4,
            labelValueBytes: 12,
            churnPercentPerHour: 5,
            tenants: 2,
            replicas: 1,
            batch: 100,
            concurrency: 16,
            timeoutMs: 10_000,
            urls: ["http://10.0.0.5:32555/api/v1/prom/remote/write"],
            worker: { index: 0, of: 1 },
        },
    };
}
