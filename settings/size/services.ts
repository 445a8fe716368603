import { figures } from "./figures.ts";
import type { Amount } from "./m3db.ts";
import { isAggregated, type Plan, pointsPerSecond, pointsPerSeries, ratesOf } from "./plan.ts";
import { exactly, map, type Range, scaled, sum, times } from "./range.ts";

const MiB = 2 ** 20;
const noDisk = exactly(0);

/** One of `pods` coordinators that have an equal part each. */
export const coordinatorPod = (plan: Plan, pods: number): Amount => coordinatorWith(plan, exactly(1 / pods));

/**
 * The busiest of `pods` coordinators: a Prometheus keeps its connections, and many may have landed on the same pod (facts.md 4: one took 22 %
 * of a core, the other none). So with fewer than ten servers for each pod it may be all of the load.
 */
export function busiestCoordinator(plan: Plan, pods: number): Amount {
    const few = plan.load.prometheusServers < 10 * pods;
    return coordinatorWith(plan, { low: 1 / pods, high: few ? 1 : 1 / pods });
}

function coordinatorWith(plan: Plan, share: Range): Amount {
    const memory = sum(figures.coordinatorIdle, times(coordinatorMemory(plan), share));
    return {
        memory,
        limit: times(memory, figures.serviceMemory),
        cores: sum(figures.coordinatorIdleCpu, times(coordinatorCores(plan), share)),
        disk: noDisk,
    };
}

/**
 * Cores of all coordinators together, without what they take when idle. What the aggregator has made comes back and is
 * written like any sample.
 */
export function coordinatorCores(plan: Plan): Range {
    const { samples, aggregated } = ratesOf(plan);
    const write = sum(figures.coordinatorCpu, scaled(figures.coordinatorReplicaCpu, plan.replicationFactor - 1));
    const passedOn = aggregated > 0 ? scaled(figures.coordinatorAggregationCpu, samples) : exactly(0);
    return scaled(sum(scaled(write, samples + aggregated), passedOn), 1e-6);
}

/** MiB of all coordinators together, beyond what they take when idle. */
export const coordinatorMemory = (plan: Plan): Range => scaled(figures.coordinatorMemory, ratesOf(plan).samples / 1024);

/** One of `pods` m3query. One query at a time is whole on a pod; more are spread. */
export function queryPod(plan: Plan, pods: number): Amount {
    const onPod = map(queryCores(plan), (running) => Math.max(1, running / pods));
    const memory = sum(figures.queryIdle, queryKept(plan), times(oneQuery(plan), onPod));
    return {
        memory,
        limit: times(memory, figures.serviceMemory),
        cores: sum(figures.queryIdleCpu, scaled(queryCores(plan), 1 / pods)),
        disk: noDisk,
    };
}

/** MiB that one m3query's pools keep once it has answered for a while: a stream of each replica in each of their iterators. */
export const queryKept = (plan: Plan): Range =>
    plan.load.queries ? scaled(figures.queryKept, plan.replicationFactor) : exactly(0);

/** MiB of one query that runs. */
function oneQuery(plan: Plan): Range {
    return scaled(figures.queryPointMemory, ((plan.load.queries?.series ?? 0) * pointsPerSeries(plan)) / MiB);
}

/** MiB of all m3query together, beyond what they take when idle. As many run at a time as cores are busy with them. */
export const queryMemory = (plan: Plan): Range =>
    times(
        oneQuery(plan),
        map(queryCores(plan), (running) => Math.max(1, running)),
    );

/** Cores of all m3query together, without what they take when idle. */
export function queryCores(plan: Plan): Range {
    return scaled(figures.queryCpu, pointsPerSecond(plan) / 1e6);
}

/** An aggregator: it has every series, also as one of two, of which the follower needs what its leader needs. */
export function aggregatorPod(plan: Plan): Amount {
    const { load, namespaces } = plan;
    const series = scaled(figures.aggregatorSeries, (load.series * namespaces.filter(isAggregated).length) / 1024);
    const memory = sum(figures.aggregatorIdle, series);
    return {
        memory,
        limit: times(memory, figures.serviceMemory),
        cores: sum(figures.aggregatorIdleCpu, aggregatorCores(plan)),
        disk: noDisk,
    };
}

/** Without what it takes when idle; none without an aggregated namespace. */
function aggregatorCores(plan: Plan): Range {
    const { samples, aggregated } = ratesOf(plan);
    return aggregated > 0 ? scaled(figures.aggregatorCpu, samples / 1e6) : exactly(0);
}

/** One member of etcd; samples do not pass through it. */
export function etcdMember(): Amount {
    const memory = figures.etcdMemory;
    return { memory, limit: times(memory, figures.serviceMemory), cores: figures.etcdCpu, disk: noDisk };
}
