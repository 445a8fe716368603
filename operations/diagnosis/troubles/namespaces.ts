import type { Seen } from "../seen.ts";
import { run, type Trouble, told } from "../trouble.ts";
import { goneLines } from "./emptied.ts";
import { dataChecks, m3dbChecks, serviceChecks } from "./wake.ts";

/** The namespaces' troubles are the cluster's own, and not a hang, where it is placed and has bootstrapped. */
const isPlaced = (seen: Seen) => seen.passed("m3db.placement");

export const etcdWatchHang: Trouble = {
    id: "etcd-watch-hang",
    title: "An M3DBCluster hangs at the etcd watch",
    looks: [
        "the database's log stops at watch_key _sd.placement/… or at _kv/…/m3db.node.namespaces, and pods may stay at 0/1",
        "writes answer 500: unaggregated namespace is not yet initialized, while /ready says 200",
    ],
    cause: "with externalCoordinator: the coordinator came too late (the operator gave up), a placement was made before the namespaces, or nobody called /namespace/ready",
    tells: { "m3db.stuck": "CLUSTER: placement, asked through …: none; namespaces: … absent or UNKNOWN" },
    wake: [...m3dbChecks, "pods.ready", ...serviceChecks, ...dataChecks, "data.holes"],
    brings: () => [
        "dbnode-down",
        "dbnode-majority-lost",
        "placement-unsettled",
        "endpoint-stale",
        "update-unfinished",
        "pods-misplaced",
        "namespace-not-ready",
        "namespace-missing",
        "no-unaggregated-namespace",
        "service-not-ready",
        "round-trip-fails",
        "remote-write-backlog",
        "series-missing",
        "aggregates-missing",
        "remote-read-fails",
    ],
    fix: ({ namespace }, about) =>
        about.map((cluster) => run(`m3perf free --namespace ${namespace} --cluster ${cluster}`)),
    prevention: "leave m3perf:m3db.externalCoordinator off; where it must be on, m3perf up goes by the safe sequence",
    docs: "docs/external-coordinator.md",
    recognise(seen) {
        const check = seen.failed("m3db.stuck");
        const lines = seen.find("m3db.stuck", /^(\S+?)(?:: | is stuck)/);
        const own = seen.environment.cluster.name;
        // Of a cluster that was up, namespaces are gone or not READY, or all that etcd had: they have troubles of their own.
        const others = lines.filter(({ about }) => about !== own);
        const wasUp = goneLines(seen).length > 0 || (isPlaced(seen) && seen.failed("m3db.namespaces"));
        const hangs = wasUp ? others : lines;
        return told(hangs, check?.cause && hangs === lines ? { cause: check.cause } : {});
    },
};

export const noUnaggregatedNamespace: Trouble = {
    id: "no-unaggregated-namespace",
    title: "There is no unaggregated namespace",
    looks: [
        "JSON writes and queries answer 500 (unaggregated namespace is not yet initialized); remote write is refused",
        "happens with preset 10s:2d alone, which is aggregated only, and when a namespace was left out of the M3DBCluster: the operator prunes it",
    ],
    cause: "the unaggregated namespace was deleted, or the M3DBCluster does not name it",
    tells: { "m3db.namespaces": "default: missing" },
    wake: ["m3db.stuck", "m3db.shards", "pods.ready", ...serviceChecks, ...dataChecks, "data.holes"],
    brings: () => [
        "service-not-ready",
        "round-trip-fails",
        "remote-write-backlog",
        "remote-write-refused",
        "series-missing",
        "remote-read-fails",
        "aggregates-missing",
        "replica-misses-writes",
        "crash-loop",
        "namespace-missing",
    ],
    fix: ({ namespace, cluster }) => [
        run(
            `kubectl -n ${namespace} get m3dbcluster ${cluster} -o yaml`,
            "does spec.namespaces name it? is spec.frozen true?",
        ),
        run("m3perf up --refresh", "gives the M3DBCluster its namespaces again; the operator creates what is missing"),
        run(`m3perf free --namespace ${namespace} --cluster ${cluster}`, "where they are not made ready"),
    ],
    prevention:
        "declare namespaces in m3perf:m3db.namespaces alone: the program refuses a list without an unaggregated one",
    docs: "docs/m3db.md",
    recognise(seen) {
        if (!isPlaced(seen)) return undefined;
        const unaggregated = unaggregatedOf(seen);
        return told(
            seen.find("m3db.namespaces", /^(\S+): missing/).filter(({ about }) => unaggregated.includes(about)),
        );
    },
};

const unaggregatedOf = (seen: Seen) =>
    seen.environment.cluster.namespaces.filter(({ resolution }) => resolution === undefined).map(({ name }) => name);

export const namespaceMissing: Trouble = {
    id: "namespace-missing",
    title: "An aggregated namespace is missing",
    looks: ["queries of old or coarse data are empty; coordinators log that a namespace is not found"],
    cause: "it was deleted by other hands, or the M3DBCluster does not name it",
    tells: { "m3db.namespaces": "metrics-10s_2d: missing" },
    wake: ["m3db.stuck", "m3db.shards", "pods.ready", ...serviceChecks, "data.aggregated"],
    brings: () => ["service-not-ready", "aggregates-missing"],
    fix: noUnaggregatedNamespace.fix,
    prevention: "leave namespaces to m3perf:m3db.namespaces and m3perf up",
    docs: "docs/m3db.md",
    recognise(seen) {
        if (!isPlaced(seen)) return undefined;
        const unaggregated = unaggregatedOf(seen);
        return told(
            seen.find("m3db.namespaces", /^(\S+): missing/).filter(({ about }) => !unaggregated.includes(about)),
        );
    },
};

export const namespaceNotReady: Trouble = {
    id: "namespace-not-ready",
    title: "A namespace is not READY",
    looks: [
        "writes to it get 500 while /ready answers 200; it was created a while ago and stays at INITIALIZING or UNKNOWN",
    ],
    cause: "it was created through the API and nobody called /namespace/ready, or the dbnodes are still bootstrapping it",
    tells: { "m3db.namespaces": "metrics-10s_2d: UNKNOWN or INITIALIZING" },
    wake: ["m3db.stuck", "m3db.shards", "pods.ready", ...serviceChecks, ...dataChecks, "data.holes"],
    brings: () => [
        "service-not-ready",
        "round-trip-fails",
        "remote-write-backlog",
        "remote-write-refused",
        "series-missing",
        "remote-read-fails",
        "aggregates-missing",
        "replica-misses-writes",
    ],
    fix: ({ namespace, cluster }) => [run(`m3perf free --namespace ${namespace} --cluster ${cluster}`)],
    prevention: "leave namespaces to m3perf:m3db.namespaces and m3perf up, which waits until they are READY",
    docs: "docs/external-coordinator.md",
    recognise: (seen) => (isPlaced(seen) ? told(seen.find("m3db.namespaces", /^(\S+): [A-Z]+$/)) : undefined),
};

export const namespaceChanged: Trouble = {
    id: "namespace-changed",
    title: "A namespace is not as declared",
    looks: ["samples are kept for another time, or at another resolution, than the stack says"],
    cause: "retention or resolution was changed by other hands, or an update of the stack did not finish",
    tells: {
        "m3db.namespaces": "default: kept for 24 h instead of 48h; metrics-10s_2d: aggregated to 60 s instead of 10s",
    },
    wake: ["data.aggregated"],
    brings: () => ["aggregates-missing"],
    fix: ({ namespace, cluster }) => [
        run(`kubectl -n ${namespace} get m3dbcluster ${cluster} -o yaml`),
        run("m3perf up", "it tells what can be changed in place, and what loses data"),
    ],
    prevention: "leave namespaces to m3perf:m3db.namespaces and m3perf up",
    docs: "docs/m3db.md",
    recognise: (seen) => told(seen.find("m3db.namespaces", /^(\S+): (?:kept for|aggregated to|unaggregated instead)/)),
};
