import type { Scenario } from "./scenario.ts";
import type { Site, SiteNode } from "./site.ts";
import { coordinatorCpu, fixedSize, memoryOf } from "./sizing.ts";
import { mebibytesOf, millicoresOf } from "./units.ts";

/** What one pod (or a container beside it) asks of its node. */
export interface Ask {
    /** "m3db", "etcd", … */
    what: string;
    memoryMi: number;
    cpuMilli: number;
    /** Settings that change it, where there are any. */
    settings?: { memory: string; cpu: string };
}

export interface NodeDemand {
    node: string;
    asks: Ask[];
}

/**
 * What the topology puts on each node at most: one pod of a kind for each of its roles. Fewer etcd members, coordinators or
 * aggregators than nodes leave some of them with less; which, the scheduler decides.
 */
export function demandOf(site: Site, scenario: Scenario): NodeDemand[] {
    const memory = memoryOf(site, scenario);
    const sized = (
        what: "m3db" | "etcd" | "coordinator" | "query" | "aggregator" | "gateway",
        memoryMi: number,
    ): Ask => ({
        what,
        memoryMi,
        cpuMilli: millicoresOf(scenario[what].cpu),
        settings: { memory: `m3perf:${what}.memory`, cpu: `m3perf:${what}.cpu` },
    });
    const coordinator = { ...sized("coordinator", memory.coordinator), cpuMilli: coordinatorCpu(scenario) };
    const onCoordinatorNodes = [
        coordinator,
        ...(scenario.query.mode === "integrated"
            ? []
            : [sized("query", memory.query), fixed("query front", fixedSize.queryFront)]),
        ...(scenario.identities.length > 0 ? [sized("gateway", mebibytesOf(scenario.gateway.memory))] : []),
    ];
    const asks = ({ roles }: SiteNode): Ask[] => [
        ...(roles.includes("m3db")
            ? [sized("m3db", memory.m3db), sized("etcd", mebibytesOf(scenario.etcd.memory))]
            : []),
        ...(roles.includes("coordinator") ? onCoordinatorNodes : []),
        ...(roles.includes("aggregator") ? [sized("aggregator", memory.aggregator)] : []),
    ];
    const workers = generatorOn(site, scenario);
    return site.nodes.map((node) => ({
        node: node.name,
        asks: [...asks(node), ...(workers.nodes.includes(node) ? workers.asks : [])],
    }));
}

/** The nodes that the load generator may be on, and what its workers ask of each: they are spread evenly. */
export function generatorOn(site: Site, { generator }: Scenario): { nodes: SiteNode[]; asks: Ask[] } {
    if (!generator) return { nodes: [], asks: [] };
    const nodes = site.nodes.filter(({ roles }) => roles.includes(generator.role) && !roles.includes("m3db"));
    const each = Math.ceil(generator.workers / Math.max(nodes.length, 1));
    const ask: Ask = {
        what: each > 1 ? `generator (${each} workers)` : "generator",
        memoryMi: each * mebibytesOf(generator.memory),
        cpuMilli: each * millicoresOf(generator.cpu),
        settings: { memory: "m3perf:generator.memory", cpu: "m3perf:generator.cpu" },
    };
    return { nodes, asks: [ask] };
}

/** Pods that no role binds to a node: any with room will do. */
export const looseAsks = ({ m3db }: Scenario): Ask[] => [
    fixed("m3db-operator", fixedSize.operator),
    fixed("set-up job", fixedSize.setup),
    ...(m3db.externalCoordinator ? [fixed("admin coordinator", fixedSize.adminCoordinator)] : []),
];

function fixed(what: string, { memoryMi, cpu }: { memoryMi: number; cpu: string }): Ask {
    return { what, memoryMi, cpuMilli: millicoresOf(cpu) };
}

/** "m3db 1680Mi + etcd 256Mi" */
export function memorySum(asks: Ask[]): string {
    return asks.map(({ what, memoryMi }) => `${what} ${memoryMi}Mi`).join(" + ");
}

/** "m3db 500m + etcd 100m" */
export function cpuSum(asks: Ask[]): string {
    return asks.map(({ what, cpuMilli }) => `${what} ${cpuMilli}m`).join(" + ");
}

export const total = (asks: Pick<Ask, "memoryMi" | "cpuMilli">[]) => ({
    memoryMi: asks.reduce((sum, { memoryMi }) => sum + memoryMi, 0),
    cpuMilli: asks.reduce((sum, { cpuMilli }) => sum + cpuMilli, 0),
});
