/** The generator's own figures for Prometheus, at /metrics: where it runs in a cluster, nobody reads its files. */
import { createServer, type Server } from "node:http";
import { mergeLatencies } from "./histogram.ts";
import type { LatencyBuckets, LoadInterval } from "./types.ts";

const outcomes = ["acknowledged", "refused", "unknown", "unsent"] as const;
/** Upper bounds in seconds. */
const bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

export class LoadMetrics {
    #samples = { intended: 0, acknowledged: 0, refused: 0, unknown: 0, unsent: 0 };
    #requests = 0;
    #latency: LatencyBuckets = [];
    #seconds = 0;
    #last: LoadInterval | undefined;

    add(line: LoadInterval): void {
        this.#samples.intended += line.intended;
        for (const outcome of outcomes) this.#samples[outcome] += line[outcome];
        this.#requests += line.requests;
        this.#latency = mergeLatencies([this.#latency, line.latency]);
        // Buckets know values to 1.6 %; their lower edges add up to a sum that is at most that much too small.
        this.#seconds += line.latency.reduce((sum, [edge, count]) => sum + (edge / 1e6) * count, 0);
        this.#last = line;
    }

    /** The text format of Prometheus. */
    text(): string {
        const upTo = (bound: number) =>
            this.#latency.reduce((sum, [edge, count]) => sum + (edge / 1e6 <= bound ? count : 0), 0);
        const all = upTo(Number.POSITIVE_INFINITY);
        const latency = "m3perf_load_latency_seconds";
        return [
            ...family("m3perf_load_samples_intended_total", "counter", "Samples that the plan asked for so far."),
            `m3perf_load_samples_intended_total ${this.#samples.intended}`,
            ...family("m3perf_load_samples_total", "counter", "Samples by what became of them."),
            ...outcomes.map((outcome) => `m3perf_load_samples_total{outcome="${outcome}"} ${this.#samples[outcome]}`),
            ...family("m3perf_load_requests_total", "counter", "Requests that were sent."),
            `m3perf_load_requests_total ${this.#requests}`,
            ...family("m3perf_load_requests_in_hand", "gauge", "Requests without an answer yet."),
            `m3perf_load_requests_in_hand ${this.#last?.inHand ?? 0}`,
            ...family("m3perf_load_requests_waiting", "gauge", "Requests that are due and wait."),
            `m3perf_load_requests_waiting ${this.#last?.waiting ?? 0}`,
            ...family(latency, "histogram", "From the intended time to the answer, of acknowledged requests."),
            ...bounds.map((bound) => `${latency}_bucket{le="${bound}"} ${upTo(bound)}`),
            `${latency}_bucket{le="+Inf"} ${all}`,
            `${latency}_sum ${this.#seconds}`,
            `${latency}_count ${all}`,
            "",
        ].join("\n");
    }
}

const family = (name: string, type: string, help: string) => [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];

/** Serves /metrics, and /health for probes, on all addresses. Rejects when the port cannot be had. */
export async function serveMetrics(metrics: LoadMetrics, port: number): Promise<Server> {
    const server = createServer(({ method, url }, response) => {
        const found = method === "GET" && (url === "/metrics" || url === "/health");
        response.writeHead(found ? 200 : 404, { "Content-Type": "text/plain; version=0.0.4" });
        response.end(url === "/metrics" ? metrics.text() : found ? "ok\n" : "there is /metrics and /health\n");
    });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once("error", reject).listen(port, resolve);
    await promise;
    return server;
}
