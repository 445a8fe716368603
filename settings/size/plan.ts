import type { M3Namespace, Scenario } from "../scenario.ts";
import { secondsOf } from "../units.ts";

/** What is to be sized; durations in seconds. Made of settings, or of a command line's options. */
export interface Plan {
    load: PlannedLoad;
    namespaces: PlannedNamespace[];
    replicationFactor: number;
}

export interface PlannedLoad {
    /** Active at the same time. */
    series: number;
    interval: number;
    churnPercentPerHour: number;
    prometheusServers: number;
    queries?: { perSecond: number; series: number; range: number };
}

export interface PlannedNamespace {
    name: string;
    retention: number;
    blockSize: number;
    /** Samples are taken this much late: a block stays open for so long. Absent: 20 minutes, the settings' default. */
    bufferPast?: number;
    /** Absent: unaggregated. */
    resolution?: number;
}

export type ScenarioLoad = NonNullable<Scenario["load"]>;

/** The plan of a scenario with a load. */
export function planOf(scenario: Scenario, load: ScenarioLoad): Plan {
    return {
        load: plannedLoad(load),
        namespaces: scenario.m3db.namespaces.map(plannedNamespace),
        replicationFactor: scenario.m3db.replicationFactor,
    };
}

export function plannedLoad({ series, scrapeInterval, queries, ...rest }: ScenarioLoad): PlannedLoad {
    return {
        series,
        interval: seconds(scrapeInterval),
        churnPercentPerHour: rest.churnPercentPerHour,
        prometheusServers: rest.prometheusServers,
        ...(queries ? { queries: { ...queries, range: seconds(queries.range) } } : {}),
    };
}

type Declared = Pick<M3Namespace, "name" | "retention" | "blockSize" | "resolution"> & { bufferPast?: string };

export function plannedNamespace({ name, retention, blockSize, bufferPast, resolution }: Declared): PlannedNamespace {
    return {
        name,
        retention: seconds(retention),
        blockSize: seconds(blockSize),
        ...(bufferPast === undefined ? {} : { bufferPast: seconds(bufferPast) }),
        ...(resolution === undefined ? {} : { resolution: seconds(resolution) }),
    };
}

const seconds = (duration: string) => secondsOf(duration) ?? 0;

/** Samples per second that a namespace gets: all of them, or one per series and resolution. */
export function writesOf({ resolution }: PlannedNamespace, { series, interval }: PlannedLoad): number {
    return series / Math.max(interval, resolution ?? 0);
}

export const isAggregated = ({ resolution }: PlannedNamespace) => resolution !== undefined;

export interface Rates {
    /** Samples per second that Prometheus sends. */
    samples: number;
    /** Values per second that the aggregator makes, all aggregated namespaces together. */
    aggregated: number;
    /** Writes per second to each replica. */
    writes: number;
}

export function ratesOf({ load, namespaces }: Plan): Rates {
    const samples = load.series / load.interval;
    const writes = namespaces.reduce((total, namespace) => total + writesOf(namespace, load), 0);
    const aggregated = namespaces
        .filter(isAggregated)
        .reduce((total, namespace) => total + writesOf(namespace, load), 0);
    return { samples, aggregated, writes };
}

/**
 * Points that a query reads per series: from the unaggregated namespace when that reaches back far enough, otherwise from
 * the finest one that does, or from the one that reaches back furthest.
 */
export function pointsPerSeries({ load, namespaces }: Plan): number {
    const range = load.queries?.range ?? 0;
    const step = (namespace: PlannedNamespace) => Math.max(load.interval, namespace.resolution ?? 0);
    const reaching = namespaces.filter(({ retention }) => retention >= range).sort((a, b) => step(a) - step(b));
    const [furthest] = [...namespaces].sort((a, b) => b.retention - a.retention);
    const chosen = reaching[0] ?? furthest;
    return chosen ? Math.min(range, chosen.retention) / step(chosen) : 0;
}

/** Points that all queries read in a second. */
export function pointsPerSecond(plan: Plan): number {
    const { queries } = plan.load;
    return queries ? queries.perSecond * queries.series * pointsPerSeries(plan) : 0;
}
