import type { Scenario } from "../scenario.ts";
import type { Site, SiteNode } from "../site.ts";
import { memoryOf } from "../sizing.ts";
import { isolationGroups, withRole } from "../topology.ts";
import { bytesOf, mebibytesOf } from "../units.ts";
import { type Amount, m3dbPod } from "./m3db.ts";
import { isAggregated, type Plan } from "./plan.ts";
import { exactly, type Range, sum } from "./range.ts";
import { aggregatorPod, busiestCoordinator, etcdMember, queryPod } from "./services.ts";

export type Component = "m3db" | "etcd" | "coordinator" | "query" | "aggregator";

/** One pod of a component as the settings and the site lay it out: what it needs, and what it has. */
export interface SitePod {
    component: Component;
    /** Pods of the component in all. */
    pods: number;
    needs: Amount;
    /** MiB */
    limit: number;
    /** Bytes. Absent: it has no volume that samples fill. */
    volume?: number;
}

/** The environment's pods, each component once; an aggregator that nothing is aggregated for still runs. */
export function sitePods(site: Site, scenario: Scenario, plan: Plan): SitePod[] {
    const memory = memoryOf(site, scenario);
    const groups = isolationGroups(site).map(({ nodes }) => scenario.m3db.instancesPerGroup ?? nodes.length);
    const perReplica = Math.max(1, Math.min(...groups));
    const nodes = Math.max(1, withRole(site, "coordinator").length);
    const coordinators = scenario.coordinator.replicas ?? nodes;
    const queries = scenario.query.replicas ?? nodes;
    const integrated = scenario.query.mode === "integrated";
    const coordinator = busiestCoordinator(plan, coordinators);
    const m3db = {
        pods: groups.reduce((total, size) => total + size, 0),
        volume: bytesOf(scenario.m3db.storage) ?? 0,
    };
    return [
        { component: "m3db", ...m3db, needs: m3dbPod(plan, perReplica), limit: memory.m3db },
        {
            component: "etcd",
            pods: scenario.etcd.members,
            needs: etcdMember(),
            limit: mebibytesOf(scenario.etcd.memory),
        },
        {
            component: "coordinator",
            pods: coordinators,
            needs: integrated ? together(coordinator, queryPod(plan, coordinators)) : coordinator,
            limit: memory.coordinator,
        },
        ...(integrated
            ? []
            : [{ component: "query" as const, pods: queries, needs: queryPod(plan, queries), limit: memory.query }]),
        {
            component: "aggregator",
            pods: scenario.aggregator.replicas,
            // Two are copies that each hold everything: what one needs is the same.
            needs: aggregatorPod(plan),
            limit: memory.aggregator,
        },
    ];
}

/** A process that does the work of both; what an idle one takes is counted twice, which errs to the safe side. */
function together(one: Amount, other: Amount): Amount {
    return {
        memory: sum(one.memory, other.memory),
        limit: sum(one.limit, other.limit),
        cores: sum(one.cores, other.cores),
        disk: sum(one.disk, other.disk),
    };
}

const carried: Record<string, Component[]> = {
    m3db: ["m3db", "etcd"],
    coordinator: ["coordinator", "query"],
    aggregator: ["aggregator"],
};

/** Cores that the pods of a node need at most: one pod of a kind for each of its roles, as in settings/demand.ts. */
export function nodeCores(node: SiteNode, pods: SitePod[]): Range {
    const components = node.roles.flatMap((role) => carried[role] ?? []);
    return sum(
        exactly(0),
        ...pods.filter(({ component }) => components.includes(component)).map(({ needs }) => needs.cores),
    );
}

export const hasAggregation = (plan: Plan) => plan.namespaces.some(isAggregated);
