import { figures } from "./figures.ts";
import { type Amount, m3dbPod } from "./m3db.ts";
import { m3dbNodes, type NodeCount, type NodeSize, type ServiceNodes, serviceNodes, shardsFor } from "./nodes.ts";
import { type Plan, type Rates, ratesOf } from "./plan.ts";
import { exactly, type Range, scaled } from "./range.ts";
import { aggregatorPod, coordinatorPod, etcdMember, queryPod } from "./services.ts";
import { type Component, hasAggregation, type SitePod } from "./site.ts";

/** What each component needs, by the low and by the high figures. */
export interface Estimate {
    rates: Rates;
    components: ComponentEstimate[];
    nodes: { m3db: NodeCount | undefined; services: ServiceNodes | undefined; m3dbInAll: Range; shards: number };
}

export interface ComponentEstimate {
    component: Component;
    pods: Range;
    pod: Amount;
    /** Of one replica; for m3db alone. */
    replica?: Amount;
    all: Amount;
}

export interface NodeSizes {
    m3db: NodeSize;
    services: NodeSize;
}

/** `site`: the pods that are there; without it, as many as nodes of these sizes have to be. */
export function estimate(plan: Plan, sizes: NodeSizes, site?: SitePod[]): Estimate {
    const m3db = m3dbNodes(plan, sizes.m3db);
    const services = serviceNodes(plan, sizes.services);
    const inAll = scaled(m3db?.count ?? exactly(0), plan.replicationFactor);
    return {
        rates: ratesOf(plan),
        components: site
            ? site.map(({ component, pods, needs }) => laidOut(plan, component, pods, needs))
            : planned(plan, m3db?.count ?? exactly(1), services?.count ?? exactly(2)),
        nodes: { m3db, services, m3dbInAll: inAll, shards: shardsFor(inAll.high) },
    };
}

function laidOut(plan: Plan, component: Component, pods: number, pod: Amount): ComponentEstimate {
    // The busiest coordinator's part is not every coordinator's.
    const usual = component === "coordinator" ? coordinatorPod(plan, pods) : pod;
    const replica = { replica: amounts(pod, (range) => scaled(range, pods / plan.replicationFactor)) };
    const all = amounts(usual, (range) => scaled(range, pods));
    return { component, pods: exactly(pods), pod, ...(component === "m3db" ? replica : {}), all };
}

function planned(plan: Plan, perReplica: Range, services: Range): ComponentEstimate[] {
    const { low, high } = figures.aggregatorCopies;
    const replica = inAll((pods) => m3dbPod(plan, pods), perReplica);
    const component = (name: Component, pods: Range, podOf: (pods: number) => Amount): ComponentEstimate => ({
        component: name,
        pods,
        pod: ordered(at(podOf, pods)),
        all: inAll(podOf, pods),
    });
    return [
        {
            component: "m3db",
            pods: scaled(perReplica, plan.replicationFactor),
            pod: ordered(at((pods) => m3dbPod(plan, pods), perReplica)),
            replica,
            all: amounts(replica, (range) => scaled(range, plan.replicationFactor)),
        },
        component("etcd", exactly(3), etcdMember),
        component("coordinator", services, (pods) => coordinatorPod(plan, pods)),
        component("query", services, (pods) => queryPod(plan, pods)),
        // Whole copies: aggregator.replicas is 1 or 2.
        ...(hasAggregation(plan) ? [component("aggregator", { low, high }, () => aggregatorPod(plan))] : []),
    ];
}

const amounts = ({ memory, limit, cores, disk }: Amount, change: (range: Range) => Range): Amount => ({
    memory: change(memory),
    limit: change(limit),
    cores: change(cores),
    disk: change(disk),
});

/** One pod: by the low figures among as many pods as those want, by the high ones likewise. */
function at(podOf: (pods: number) => Amount, pods: Range): Amount {
    const [low, high] = [podOf(pods.low), podOf(pods.high)];
    const bounds = (key: keyof Amount): Range => ({ low: low[key].low, high: high[key].high });
    return { memory: bounds("memory"), limit: bounds("limit"), cores: bounds("cores"), disk: bounds("disk") };
}

function inAll(podOf: (pods: number) => Amount, pods: Range): Amount {
    const one = at(podOf, pods);
    return amounts(one, ({ low, high }) => ({ low: low * pods.low, high: high * pods.high }));
}

/** Among more pods, the high figures may ask less of one than the low figures among few. */
const ordered = (amount: Amount): Amount =>
    amounts(amount, ({ low, high }) => ({ low: Math.min(low, high), high: Math.max(low, high) }));
