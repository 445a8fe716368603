import type { Seen } from "../seen.ts";
import { run, type Trouble, told } from "../trouble.ts";
import { adminChecks, dataChecks, m3dbChecks, podChecks, serviceChecks } from "./wake.ts";

/** Lines of m3db.stuck by which the environment's own cluster had a placement that etcd has no more. */
export const goneLines = (seen: Seen) =>
    seen
        .find("m3db.stuck", /^(\S+?)(?:: placement, asked through \S+: gone$| is stuck, too: .*placement .* is gone)/)
        .filter(({ about }) => about === seen.environment.cluster.name);

export const etcdEmptied: Trouble = {
    id: "etcd-emptied",
    title: "etcd was emptied, or its volumes were lost",
    looks: [
        "dbnodes, coordinators and queries go on with what they have in memory; none that restarts comes up again",
        "the aggregator ends at once and restarts in vain (init watch timeout of the topic)",
    ],
    cause: "every key was deleted (m3perf etcd reset, etcdctl del), or etcd's volumes were lost and it came up new",
    tells: {
        "m3db.stuck":
            "CLUSTER: condition PlacementInitialized: True; placement, asked through …: gone; namespaces: … absent",
    },
    wake: [...m3dbChecks, ...podChecks, ...serviceChecks, ...adminChecks, ...dataChecks, "data.holes"],
    brings: () => [
        "etcd-watch-hang",
        "dbnode-down",
        "dbnode-majority-lost",
        "placement-unsettled",
        "endpoint-stale",
        "update-unfinished",
        "namespace-not-ready",
        "namespace-missing",
        "no-unaggregated-namespace",
        "topic-missing",
        "aggregator-placement-missing",
        "coordinator-placement-missing",
        "aggregator-no-leader",
        "crash-loop",
        "service-not-ready",
        "nodeport-silent",
        "round-trip-fails",
        "remote-write-backlog",
        "series-missing",
        "aggregates-missing",
        "remote-read-fails",
    ],
    fix: ({ namespace }) => [
        run(
            "m3perf etcd restore FILE",
            "FILE is a snapshot; those that m3perf took are in etcd/ of its state folder, and reset takes one first",
        ),
        run(
            `kubectl -n ${namespace} delete pod -l app=m3aggregator`,
            "only if it does not come up by its own next try, or for its count of restarts to begin anew",
        ),
        run("m3perf verify --wait 240"),
        "without a snapshot: m3perf down and m3perf up, a new environment; the operator makes no placement a second time, so m3perf free does not help",
    ],
    prevention: "m3perf etcd snapshot before changes, and now and then; an etcd of M3's own",
    docs: "docs/etcd.md",
    recognise(seen) {
        const lines = goneLines(seen);
        const cause = seen.failed("m3db.stuck")?.cause;
        return told(lines, cause && /is gone/.test(cause) ? { cause } : {});
    },
};
