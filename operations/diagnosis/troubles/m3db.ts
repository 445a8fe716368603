import type { Seen } from "../seen.ts";
import { run, type Trouble, told } from "../trouble.ts";
import { dataChecks, m3dbChecks, podChecks, serviceChecks } from "./wake.ts";

const setOf = (pod: string) => pod.replace(/-\d+$/, "");

/** A command for the StatefulSets of `missing`, each with as many pods as the environment has of it: fewer would take healthy ones away. */
function scaleUp(namespace: string, all: string[], missing: string[]): string[] {
    const byCount = new Map<number, string[]>();
    for (const set of new Set(missing.map(setOf))) {
        const count = all.filter((pod) => setOf(pod) === set).length;
        byCount.set(count, [...(byCount.get(count) ?? []), set]);
    }
    return [...byCount].map(([count, sets]) =>
        run(`kubectl -n ${namespace} scale statefulset ${sets.join(" ")} --replicas=${count}`),
    );
}

/** Dbnodes that do not answer or have not bootstrapped, and whether each shard's majority is left. */
function away(seen: Seen) {
    const { cluster, namespace } = seen.environment;
    const pods = seen.named("m3db.health", cluster.pods);
    const groups = cluster.isolationGroups.filter((group) => seen.podsOfGroup(group).some((pod) => pods.includes(pod)));
    const majority = Math.floor(cluster.replicationFactor / 2) + 1;
    const why = seen.lines("m3db.health").filter((line) => pods.some((pod) => line.startsWith(pod)));
    const short = seen.find("pods.ready", /^m3db: (\d+ pods? instead of \d+)$/)[0];
    const bootstraps = why.length > 0 && why.every((line) => /bootstrapped/.test(line));
    const cause = short
        ? `there are ${short.about}: StatefulSets were scaled down, or pods were deleted just now`
        : bootstraps
          ? "it is still bootstrapping, which takes minutes where there is much data"
          : undefined;
    // Of a pod that there is not, the API server's proxy says 404; one that does not answer is 503.
    const missing = pods.filter((pod) => why.some((line) => line.startsWith(`${pod}: /health answered 404`)));
    const fix = short ? scaleUp(namespace, cluster.pods, missing.length > 0 ? missing : pods) : undefined;
    return {
        pods,
        lost: cluster.replicationFactor - groups.length < majority,
        why,
        ...(cause ? { cause } : {}),
        ...(fix ? { fix } : {}),
    };
}

export const dbnodeMajorityLost: Trouble = {
    id: "dbnode-majority-lost",
    title: "The majority of the dbnodes is lost",
    looks: [
        "every write fails: coordinators answer 500, Prometheus' remote write piles up and is sent later",
        "queries fail or lack data",
    ],
    cause: "replicas in more than one isolation group are away, so that no write finds a majority of its shard's replicas",
    tells: { "m3db.health": "two of three dbnodes do not answer or have not bootstrapped" },
    wake: [...m3dbChecks, ...podChecks, ...serviceChecks, ...dataChecks, "data.holes"],
    brings: () => [
        "service-not-ready",
        "etcd-watch-hang",
        "round-trip-fails",
        "remote-write-backlog",
        "series-missing",
        "remote-read-fails",
        "aggregates-missing",
        "replica-hole",
        "replica-misses-writes",
        "endpoint-stale",
        "nodeport-silent",
        "crash-loop",
    ],
    fix: ({ namespace, cluster }, about) => [
        run(`kubectl -n ${namespace} get pods -l operator.m3db.io/cluster=${cluster} -o wide`),
        run(`kubectl -n ${namespace} describe pod ${about.join(" ")}`),
        "bring back one replica first: with a majority, writes go on; Prometheus sends what it kept",
    ],
    prevention:
        "one isolation group in each failure domain; maintenance of one replica at a time (m3perf up rolls that way)",
    docs: "docs/m3db.md",
    recognise(seen) {
        const { pods, lost, why, ...more } = away(seen);
        return lost ? { sure: "certain", why, about: pods, ...more } : undefined;
    },
};

export const dbnodeDown: Trouble = {
    id: "dbnode-down",
    title: "A dbnode is down or still bootstrapping; the majority is left",
    looks: [
        "nothing, for now: writes and reads go on with two of three replicas; the next one that fails stops writes",
    ],
    cause: "its node or pod is down, or it restarted and reads its data back",
    tells: { "m3db.health": 'M3-CLUSTER-REPx-0: no answer, or {"bootstrapped":false}' },
    wake: [...m3dbChecks, ...podChecks, "coordinator.ready", "query.ready", "data.replicas", "data.holes"],
    brings: () => ["service-not-ready", "replica-hole", "replica-misses-writes", "endpoint-stale"],
    fix: ({ namespace }, about) => [
        run(`kubectl -n ${namespace} describe pod ${about.join(" ")}`),
        run(`kubectl -n ${namespace} logs ${about[0] ?? ""} --tail=30`),
        run("m3perf verify --wait 240"),
    ],
    prevention: "memory with room to spare, a disk that keeps up; alert on up and on restarts",
    docs: "docs/m3db.md",
    recognise(seen) {
        const { pods, lost, why, ...more } = away(seen);
        return pods.length > 0 && !lost ? { sure: "certain", why, about: pods, ...more } : undefined;
    },
};

export const placementUnsettled: Trouble = {
    id: "placement-unsettled",
    title: "M3DB's placement is not settled",
    looks: ["dbnodes stream shards from each other for a long time; replication is short of one copy meanwhile"],
    cause: "an instance is being replaced, added or removed, or bootstraps its shards; or the placement was changed by hand",
    tells: { "m3db.placement": "M3-CLUSTER-REPx-0: 12 INITIALIZING of 64 shards; 2 instances instead of 3" },
    wake: ["m3db.health", "m3db.shards", "pods.ready", "data.replicas", "data.holes"],
    brings: () => ["dbnode-down", "replica-misses-writes", "endpoint-stale"],
    fix: ({ namespace, cluster }) => [
        run(`kubectl -n ${namespace} describe m3dbcluster ${cluster}`),
        run(`kubectl -n ${namespace} logs statefulset/m3db-operator --tail=50`),
        "wait for a bootstrap to come to its end: m3perf verify --wait 600",
    ],
    prevention: "one change of instances at a time, with every shard AVAILABLE before the next",
    docs: "docs/m3db.md",
    recognise: (seen) =>
        told(
            seen
                .find(
                    "m3db.placement",
                    /^(?:\S*?([\w-]+-rep\d+-\d+)\S*: \d+ [A-Z]+|\d+ (?:instance|shard)s? instead|shard \d+ is in|isolation groups|replication factor|\S+ \S+placement answered 404)/,
                )
                .map(({ line, about }) => ({ line, about: about === "m3db.placement" ? "the placement" : about })),
        ),
};

export const replicaHole: Trouble = {
    id: "replica-hole",
    title: "A replica has a hole",
    looks: [
        "nothing: reads merge the replicas and are right as long as the others are there",
        "after one more failure, or with read consistency one, samples of a stretch of time are missing",
    ],
    cause: "the replica was away, or refused writes, while the others acknowledged them; a restart does not bring them back (facts of M3: repair is off unless asked for)",
    tells: { "data.holes": "M3-CLUSTER-REPx-0: lacks 24 samples from 06:01:10 to 06:03:20 UTC (130 s), shard 3, 17" },
    wake: [],
    brings: () => [],
    fix: (_, about) => [
        "keep the other replicas up until it is filled: they alone have these samples",
        run(
            "m3perf up",
            "with `repair: true` for the namespace (m3perf:m3db.namespaces): it fills blocks in the background",
        ),
        `or ${about.map((one) => `m3perf rebuild ${one}`).join(", then ")}: it streams everything from its peers`,
        "or leave it: it is gone when the retention of its blocks ends",
    ],
    prevention: "repair on; maintenance of one node at a time, and short",
    docs: "docs/m3db.md",
    recognise: (seen) => told(seen.find("data.holes", /^(\S+): lacks /)),
};

export const replicaMissesWrites: Trouble = {
    id: "replica-misses-writes",
    title: "A replica does not take writes that the others take",
    looks: ["nothing, for now: a majority acknowledges; that replica gets a hole, and one more failure costs samples"],
    cause: "the replica is overloaded or cut off from the coordinators, or does not serve the shard",
    tells: { "data.replicas": "M3-CLUSTER-REPx-0: lacks the points of 12 shards: 1, 5, …" },
    wake: ["data.holes", "m3db.shards"],
    brings: () => ["replica-hole"],
    fix: ({ namespace }, about) => [
        ...about.map((pod) => run(`kubectl -n ${namespace} logs ${pod} --tail=30`)),
        run(`kubectl -n ${namespace} logs deployment/m3coordinator --tail=50`, "which host refuses, and why?"),
    ],
    prevention: "alert on the coordinators' errors by replica",
    docs: "docs/m3db.md",
    recognise(seen) {
        // Also of an instance that the environment does not know yet.
        const name = `${seen.environment.cluster.name}-rep`;
        return told(seen.find("data.replicas", /^(\S+): /).filter(({ about }) => about.startsWith(name)));
    },
};

export const updateUnfinished: Trouble = {
    id: "update-unfinished",
    title: "Database pods do not run what the M3DBCluster asks for",
    looks: ["an update of image, memory or variables has reached some database pods only"],
    cause: "an update did not finish, or m3perf:m3db.update is manual, or a StatefulSet was changed by other hands",
    tells: { "m3db.spec": "M3-CLUSTER-REPx-0: memory limit 1Gi instead of 2Gi" },
    wake: ["pods.ready"],
    brings: () => [],
    fix: ({ namespace, cluster }) => [
        run("m3perf up", "goes on with the update, one replica at a time"),
        run(`kubectl -n ${namespace} describe m3dbcluster ${cluster}`),
    ],
    prevention: "let m3perf up come to its end; it can be run again at any time",
    docs: "docs/roll.md",
    recognise: (seen) => told(seen.find("m3db.spec", /^(\S+): /)),
};
