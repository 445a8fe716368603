import type { ComponentEstimate, Estimate, NodeSizes } from "../../settings/size/estimate.ts";
import { type Figure, figures } from "../../settings/size/figures.ts";
import type { Amount } from "../../settings/size/m3db.ts";
import type { AggregatorRoom, NodeCount, NodeSize } from "../../settings/size/nodes.ts";
import { memoryShare } from "../../settings/size/nodes.ts";
import type { Plan } from "../../settings/size/plan.ts";
import type { SitePod } from "../../settings/size/site.ts";
import { bytesText, coresText, countText, figure, memoryText } from "../../settings/size/text.ts";
import { durationOf } from "../../settings/units.ts";
import { wrap } from "../checks/report.ts";
import { columns } from "../cli/columns.ts";

export interface Sized {
    plan: Plan;
    sizes: NodeSizes;
    estimate: Estimate;
    /** The site that it is held against; absent: planned from options alone. */
    site?: { name: string; pods: SitePod[]; warnings: string[] };
}

/** Where the figures of the report begin; docs/size.md has them once. */
export const figuresHeading = "What it is reckoned with (* an assumption, in one bound or both):";

/** The report for a person. Pure. */
export function renderSize({ plan, sizes, estimate, site }: Sized, width: number): string {
    return [
        ...planLines(plan),
        "",
        ...rateLines(plan, estimate),
        "",
        ...componentTable(estimate.components, site?.pods),
        "",
        ...nodeLines(plan, sizes, estimate).flatMap((line) => wrap(line, width)),
        ...(site ? ["", ...verdictLines(site).flatMap((line) => wrap(line, width))] : []),
        "",
        figuresHeading,
        ...figureLines().flatMap((line) => wrap(line, width)),
        "",
    ].join("\n");
}

function planLines({ load, namespaces, replicationFactor }: Plan): string[] {
    const { series, interval, churnPercentPerHour: churn, prometheusServers: servers, queries } = load;
    const reads = queries
        ? [`${queries.perSecond} queries/s, each of ${queries.series} series over ${durationOf(queries.range)}`]
        : [];
    const kept = namespaces.map(({ name, retention, blockSize, resolution }) => {
        const step = resolution === undefined ? "every sample" : `one value in ${durationOf(resolution)}`;
        return `namespace ${name}: ${step}, kept ${durationOf(retention)}, blocks of ${durationOf(blockSize)}`;
    });
    return [
        `${counted(series)} series, a sample every ${durationOf(interval)}, ${churn} % of them replaced in an hour, ${servers} Prometheus ${servers === 1 ? "server" : "servers"}`,
        ...reads,
        ...kept,
        `replication factor ${replicationFactor}`,
    ];
}

function rateLines({ load, replicationFactor }: Plan, { rates }: Estimate): string[] {
    const rows: [string, string][] = [
        ["from Prometheus", `${counted(rates.samples)} samples/s`],
        ...(load.prometheusServers > 1
            ? [["  of each server", `${counted(rates.samples / load.prometheusServers)} samples/s`] as [string, string]]
            : []),
        ...(rates.aggregated > 0
            ? [["from the aggregator", `${counted(rates.aggregated)} values/s`] as [string, string]]
            : []),
        ["to each replica", `${counted(rates.writes)} writes/s`],
        ["to M3DB in all", `${counted(rates.writes * replicationFactor)} writes/s`],
    ];
    return columns(rows);
}

function componentTable(components: ComponentEstimate[], site?: SitePod[]): string[] {
    const there = (component: string) => site?.find((pod) => pod.component === component);
    const heading = ["", "pods", "memory in use", "memory limit", "cores", "disk", ...(site ? ["has"] : [])];
    const rows = components.flatMap(({ component, pods, pod, replica, all }) => {
        const has = there(component);
        const text = has ? `${memoryText(has.limit)}${has.volume ? `, ${bytesText(has.volume)} disk` : ""}` : "";
        return [
            [component, countText(pods), ...amountCells(pod), ...(site ? [text] : [])],
            ...(replica ? [["  a replica", "", ...amountCells(replica), ...(site ? [""] : [])]] : []),
            ["  in all", "", ...amountCells(all), ...(site ? [""] : [])],
        ];
    });
    return columns([heading, ...rows]);
}

const amountCells = ({ memory, limit, cores, disk }: Amount) => [
    memoryText(memory),
    memoryText(limit),
    coresText(cores),
    disk.high > 0 ? bytesText(disk) : "-",
];

function nodeLines(plan: Plan, sizes: NodeSizes, { nodes }: Estimate): string[] {
    const m3db = nodes.m3db
        ? `M3DB: ${countText(nodes.m3dbInAll)} nodes of ${nodeText(sizes.m3db)} (${countText(nodes.m3db.count)} for each of ${plan.replicationFactor} replicas; ${decided(nodes.m3db)}), numberOfShards ${nodes.shards}`
        : `M3DB: not even an empty one has room on a node of ${nodeText(sizes.m3db)}: ${figure(memoryShare.m3db * 100)} % of the memory is its limit`;
    const node = nodeText({ ...sizes.services, disk: undefined });
    const beside = nodes.services?.aggregator === "beside the others";
    const services = nodes.services
        ? `${beside ? "coordinator, query, aggregator" : "coordinator, query"}: ${countText(nodes.services.count)} nodes of ${node} (${decided(nodes.services)})`
        : `coordinator, query, aggregator: idle ones alone are too much for a node of ${node}`;
    const aggregator = nodes.services && !beside ? [aggregatorLine(nodes.services.aggregator)] : [];
    const disk = nodes.m3db && sizes.m3db.disk === undefined ? ["The disk is not counted: --node-disk does."] : [];
    return [m3db, services, ...aggregator, ...disk];
}

function aggregatorLine(room: AggregatorRoom): string {
    if (room === "alone") return "aggregator: 1 to 2 such nodes more: beside those there is no room for one";
    return `aggregator: ${room === "perhaps too large" ? "perhaps " : ""}more than one aggregator can hold on such a node (a second is a copy: each of them has every series): larger nodes for it, fewer series in aggregated namespaces, or several clusters`;
}

const nodeText = ({ cores, memoryMi, disk }: { [K in keyof NodeSize]: NodeSize[K] | undefined }) =>
    `${cores} cores and ${memoryText(memoryMi ?? 0)}${disk === undefined ? "" : ` with ${bytesText(disk)} of disk`}`;

const decided = ({ decidedBy }: NodeCount) =>
    decidedBy === "the least" ? "no less than that" : `decided by ${decidedBy}`;

function verdictLines({ name, warnings }: NonNullable<Sized["site"]>): string[] {
    return warnings.length === 0
        ? [`Site ${name} is large enough by the high figures, too.`]
        : [`Site ${name}:`, ...warnings.map((warning) => `! ${warning}`)];
}

/** "disk: a sample, compressed: 1.45 to 3 B* (M3: …)" */
function figureLines(): string[] {
    return Object.values(figures).map((one: Figure) => `${one.name}: ${valueText(one)} (${one.source})`);
}

/** The same as a table of docs/size.md. */
export function figureTable(): string[] {
    const rows = Object.values(figures).map((one: Figure) => `| ${one.name} | ${valueText(one)} | ${one.source} |`);
    return ["| what | value | where it is from |", "|---|---|---|", ...rows];
}

function valueText({ low, high, unit, assumed }: Figure): string {
    const value = low === high ? `${low}` : `${low} to ${high}`;
    return `${value} ${unit}${assumed ? " *" : ""}`;
}

/** 10000, 1.5 million, 13.3 million */
function counted(value: number): string {
    if (value < 1e6) return figure(value);
    const [unit, factor] = value < 1e9 ? ["million", 1e6] : ["thousand million", 1e9];
    return `${figure(value / Number(factor))} ${unit}`;
}
