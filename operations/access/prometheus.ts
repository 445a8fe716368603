import { parse } from "yaml";
import type { CheckContext } from "../checks/check.ts";
import { jsonOf } from "./http.ts";
import type { QueryAnswer } from "./m3.ts";

export interface Target {
    labels: { job?: string };
    health: string;
    lastError?: string;
    /** "10s"; Prometheus 2.31 and later. */
    scrapeInterval?: string;
}

/** The parts of prometheus.yml, as the running server sees it, that checks look at. */
export interface PrometheusConfig {
    global?: { external_labels?: Record<string, string>; scrape_interval?: string };
    remote_write?: { url: string; queue_config?: Record<string, unknown> }[];
    remote_read?: { url: string; read_recent?: boolean }[];
}

async function get<T>({ environment: { prometheus }, kubernetes }: CheckContext, path: string, query = {}): Promise<T> {
    const { namespace, service, port } = prometheus;
    return jsonOf<T>(await kubernetes.service(namespace, service, port, path, { query }), `Prometheus ${path}`);
}

export async function runningConfig(context: CheckContext): Promise<PrometheusConfig> {
    const { data } = await get<{ data: { yaml: string } }>(context, "/api/v1/status/config");
    return (parse(data.yaml) ?? {}) as PrometheusConfig;
}

/** Its command line flags, with their values; those of no value have "true" or "false". */
export async function runningFlags(context: CheckContext): Promise<Record<string, string>> {
    return (await get<{ data: Record<string, string> }>(context, "/api/v1/status/flags")).data;
}

export async function activeTargets(context: CheckContext): Promise<Target[]> {
    const answer = await get<{ data: { activeTargets: Target[] } }>(context, "/api/v1/targets", { state: "active" });
    return answer.data.activeTargets;
}

export function queryPrometheus(context: CheckContext, query: string): Promise<QueryAnswer> {
    return get<QueryAnswer>(context, "/api/v1/query", { query });
}

export async function ownMetrics({ environment: { prometheus }, kubernetes }: CheckContext): Promise<Sample[]> {
    const { namespace, service, port } = prometheus;
    const { status, body } = await kubernetes.service(namespace, service, port, "/metrics");
    if (status !== 200) throw new Error(`Prometheus /metrics answered ${status}`);
    return parseMetrics(body);
}

export interface Sample {
    name: string;
    labels: Record<string, string>;
    value: number;
}

/** The samples of a Prometheus text exposition, without comments and times. Pure. */
export function parseMetrics(text: string): Sample[] {
    return text.split("\n").flatMap((line) => {
        const [, name, labels, value] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)/.exec(line) ?? [];
        if (!name || value === undefined) return [];
        const pairs = [...(labels ?? "").matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g)];
        return [{ name, labels: Object.fromEntries(pairs.map(([, key, text]) => [key, text])), value: Number(value) }];
    });
}
