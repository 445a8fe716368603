/** What etcd and M3DB say of themselves. */
export interface M3State {
    /** Every member that there should be. */
    etcd: Member[];
    /** Every database pod that the M3DBCluster asks for. */
    replicas: Member[];
    placement: Placement | { problem: string };
}

export interface Member {
    /** Of its pod. */
    name: string;
    /** Where its pod runs; undefined: nowhere. */
    node: string | undefined;
    /** Why it does not serve: etcd healthy, M3DB bootstrapped. Undefined: it does. */
    problem: string | undefined;
}

/** GET /api/v1/services/m3db/placement, the part that counts. proto3 JSON leaves zero values out. */
export interface Placement {
    instances?: Record<string, { id: string; shards?: { state?: string }[] }>;
    replicaFactor?: number;
}

/** What must hold before a node goes. */
export interface Safety {
    node: string;
    replicationFactor: number;
    /** Pods that its turn has taken away already. */
    carried: string[];
}

/**
 * Why the node must not go now, one line each; none: it may. etcd has its quorum without the node's member, every M3DB replica
 * is bootstrapped, the placement all AVAILABLE.
 */
export function missingForSafety({ etcd, replicas, placement }: M3State, safety: Safety): string[] {
    const { node, replicationFactor, carried } = safety;
    const others = etcd.filter((member) => member.node !== node && !carried.includes(member.name));
    const healthy = others.filter(({ problem }) => problem === undefined).length;
    const quorum = Math.floor(etcd.length / 2) + 1;
    const quorumLost =
        healthy >= quorum
            ? []
            : [
                  `etcd has no quorum without ${node}: ${healthy} of ${etcd.length} members would be left, ${quorum} are needed${list(others.flatMap(told))}`,
              ];
    const away = replicas.filter(({ name }) => !carried.includes(name)).flatMap(told);
    return [...quorumLost, ...away, ...placementProblems(placement, replicas.length, replicationFactor)];
}

/**
 * Why these database pods must not be restarted now, with every node in its place: they need etcd's majority to come back, and
 * the others to be there meanwhile.
 */
export function missingForRestart(state: M3State, { carried, replicationFactor }: Omit<Safety, "node">): string[] {
    const { etcd, replicas, placement } = state;
    const healthy = etcd.filter(({ problem }) => problem === undefined).length;
    const quorum = Math.floor(etcd.length / 2) + 1;
    const quorumLost =
        healthy >= quorum
            ? []
            : [`etcd has no quorum: ${healthy} of ${etcd.length} members${list(etcd.flatMap(told))}`];
    const away = replicas.filter(({ name }) => !carried.includes(name)).flatMap(told);
    return [...quorumLost, ...away, ...placementProblems(placement, replicas.length, replicationFactor)];
}

/** What a node that is back still lacks: its etcd member healthy, every M3DB replica bootstrapped, the placement all AVAILABLE. */
export function missingAfter({ etcd, replicas, placement }: M3State, { replicationFactor, carried }: Safety): string[] {
    const own = etcd.filter(({ name }) => carried.includes(name));
    return [
        ...[...own, ...replicas].flatMap(told),
        ...placementProblems(placement, replicas.length, replicationFactor),
    ];
}

/** Pods of etcd and M3DB on the node. */
export function carriedBy({ etcd, replicas }: M3State, node: string): string[] {
    return [...etcd, ...replicas].filter((member) => member.node === node).map(({ name }) => name);
}

function told({ name, node, problem }: Member): string[] {
    return problem === undefined ? [] : [`${name}${node === undefined ? "" : ` on ${node}`}: ${problem}`];
}

const list = (lines: string[]) => (lines.length === 0 ? "" : ` (${lines.join("; ")})`);

function placementProblems(placement: M3State["placement"], replicas: number, replicationFactor: number): string[] {
    if ("problem" in placement) return [`the placement of M3DB: ${placement.problem}`];
    const instances = Object.values(placement.instances ?? {});
    const problems = instances.flatMap(({ id, shards = [] }) => {
        const other = shards.filter(({ state }) => state !== "AVAILABLE").map(({ state = "UNKNOWN" }) => state);
        if (other.length === 0) return [];
        return [`the placement of M3DB: ${id} has ${other.length} of ${shards.length} shards ${unique(other)}`];
    });
    if (instances.length !== replicas)
        problems.push(`the placement of M3DB: it has ${instances.length} instances instead of ${replicas}`);
    if (placement.replicaFactor !== replicationFactor)
        problems.push(
            `the placement of M3DB: its replication factor is ${placement.replicaFactor ?? 0} instead of ${replicationFactor}`,
        );
    return problems;
}

const unique = (states: string[]) => [...new Set(states)].sort().join(", ");
