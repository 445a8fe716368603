import type { Sample } from "../sample.ts";

/** A sample as rows of a table, one for each node, pod, process, etcd member and Prometheus: for a spreadsheet. */
interface Row {
    time: string;
    kind: "node" | "pod" | "process" | "etcd" | "prometheus";
    name: string;
    component?: string;
    node?: string | null;
    state?: string;
    ready?: boolean;
    restarts?: number;
    /** Seconds between the figure and the row's time. */
    age_s?: number | null;
    cpu_cores?: number | null;
    cpu_request_cores?: number | null;
    cpu_limit_cores?: number | null;
    memory_bytes?: number | null;
    memory_request_bytes?: number | null;
    memory_limit_bytes?: number | null;
    disk_bytes?: number | null;
    disk_capacity_bytes?: number | null;
    samples_per_s?: number | null;
    writes_per_s?: number | null;
    reads_per_s?: number | null;
    errors_per_s?: number | null;
    p50_ms?: number | null;
    p99_ms?: number | null;
    lag_s?: number | null;
    pending?: number | null;
}

const columns = [
    "time",
    "kind",
    "name",
    "component",
    "node",
    "state",
    "ready",
    "restarts",
    "age_s",
    "cpu_cores",
    "cpu_request_cores",
    "cpu_limit_cores",
    "memory_bytes",
    "memory_request_bytes",
    "memory_limit_bytes",
    "disk_bytes",
    "disk_capacity_bytes",
    "samples_per_s",
    "writes_per_s",
    "reads_per_s",
    "errors_per_s",
    "p50_ms",
    "p99_ms",
    "lag_s",
    "pending",
] as const satisfies (keyof Row)[];

export const csvHeading = columns.join(",");

/** Pure. */
export function csvLines(sample: Sample): string[] {
    const { time } = sample;
    const age = (at: number | null) => (at === null ? null : (sample.at - at) / 1000);
    const rows: Row[] = [
        ...sample.nodes.map(
            (node): Row => ({
                time,
                kind: "node",
                name: node.name,
                component: node.roles.join(" "),
                state: node.state,
                ready: node.ready,
                age_s: age(node.at),
                cpu_cores: node.cpuCores,
                cpu_limit_cores: node.cpuCapacityCores,
                memory_bytes: node.memoryBytes,
                memory_limit_bytes: node.memoryCapacityBytes,
                disk_bytes: node.diskBytes,
                disk_capacity_bytes: node.diskCapacityBytes,
            }),
        ),
        ...sample.pods.map(
            (pod): Row => ({
                time,
                kind: "pod",
                name: pod.name,
                component: pod.component,
                node: pod.node,
                state: pod.state,
                ready: pod.ready,
                restarts: pod.restarts,
                age_s: age(pod.at),
                cpu_cores: pod.cpuCores,
                cpu_request_cores: pod.cpuRequestCores,
                cpu_limit_cores: pod.cpuLimitCores,
                memory_bytes: pod.memoryBytes,
                memory_request_bytes: pod.memoryRequestBytes,
                memory_limit_bytes: pod.memoryLimitBytes,
                disk_bytes: pod.diskBytes,
                disk_capacity_bytes: pod.diskCapacityBytes,
            }),
        ),
        ...sample.processes.map(
            (process): Row => ({
                time,
                kind: "process",
                name: process.pod,
                component: process.component,
                age_s: age(process.at),
                samples_per_s: process.samples,
                writes_per_s: process.writes,
                reads_per_s: process.reads,
                errors_per_s: process.errors,
                p50_ms: process.writeP50Ms,
                p99_ms: process.writeP99Ms,
            }),
        ),
        ...sample.etcd.map(
            (member): Row => ({
                time,
                kind: "etcd",
                name: member.pod,
                component: "etcd",
                state: member.leader === null ? "unknown" : member.leader ? "leader" : "follower",
                age_s: age(member.at),
                disk_bytes: member.databaseBytes,
                errors_per_s: member.failedProposals,
                p99_ms: member.walFsyncP99Ms,
                pending: member.proposalsPending,
            }),
        ),
        ...(sample.prometheus ? [prometheusRow(sample, sample.prometheus)] : []),
    ];
    return rows.map((row) => columns.map((column) => cell(row[column])).join(","));
}

function prometheusRow({ time, at }: Sample, figures: NonNullable<Sample["prometheus"]>): Row {
    const lost =
        figures.failed === null && figures.dropped === null ? null : (figures.failed ?? 0) + (figures.dropped ?? 0);
    return {
        time,
        kind: "prometheus",
        name: "remote write",
        component: "prometheus",
        age_s: figures.at === null ? null : (at - figures.at) / 1000,
        samples_per_s: figures.sent,
        errors_per_s: lost,
        lag_s: figures.lagSeconds,
        pending: figures.pending,
    };
}

/** As RFC 4180 has it: quotes around what holds a comma, a quote or a line's end, and a quote twice. Pure. */
export function cell(value: string | number | boolean | null | undefined): string {
    if (value === null || value === undefined) return "";
    if (typeof value === "number") return String(Number(value.toFixed(6)));
    const text = String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
