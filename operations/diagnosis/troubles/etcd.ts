import type { Seen } from "../seen.ts";
import { run, type Trouble, told } from "../trouble.ts";
import { adminChecks, dataChecks, etcdChecks, m3dbChecks, podChecks, serviceChecks } from "./wake.ts";

/** Members that do not answer, or say of themselves that they are not well. */
function unwell(seen: Seen) {
    const { pods } = seen.environment.etcd;
    // An alarm makes every member call itself unhealthy, and the cluster has its leader all the same.
    const alarmed = seen.lines("etcd.alarms").some((line) => line.startsWith("alarm "));
    const asked = alarmed ? ["etcd.members", "etcd.leader"] : ["etcd.health"];
    const lines = asked.flatMap((id) => seen.lines(id)).filter((line) => !/alarm/i.test(line));
    const of = (pod: string) => lines.filter((line) => line.startsWith(`${pod}:`) || line.startsWith(`${pod} `));
    const members = pods.filter((pod) => of(pod).length > 0);
    const majority = Math.floor(pods.length / 2) + 1;
    return { members, lost: pods.length - members.length < majority, lines: members.flatMap(of) };
}

/** A StatefulSet that was scaled down tells why members are away. */
function scaled(seen: Seen): { cause?: string; fix?: string[] } {
    const { namespace, etcd } = seen.environment;
    const [line] = seen.find("pods.ready", /^etcd: (\d+ pods? instead of \d+)$/);
    if (!line) return {};
    return {
        cause: `StatefulSet ${etcd.statefulSet} has ${line.about}: it was scaled down, or its pods were deleted just now`,
        fix: [run(`kubectl -n ${namespace} scale statefulset/${etcd.statefulSet} --replicas=${etcd.pods.length}`)],
    };
}

export const etcdQuorumLost: Trouble = {
    id: "etcd-quorum-lost",
    title: "etcd has lost its quorum",
    looks: [
        "writes and reads of samples go on; but nothing of M3 that restarts comes up again: a coordinator or query ends after about 18 s",
        "the operator's readiness probe asks etcd, so after a while database pods may be shown as not Ready",
    ],
    cause: "more than half of etcd's members are down or do not see each other",
    tells: {
        "etcd.health": 'two of three members do not answer or say {"health":"false"}',
        "etcd.leader": "leaders seen: none",
    },
    // The data path goes on, but what asks etcd for each answer fails (facts.md 4).
    wake: [
        ...etcdChecks,
        ...m3dbChecks,
        ...podChecks,
        ...serviceChecks,
        ...adminChecks,
        ...dataChecks,
        "data.holes",
        "nodes.clock",
    ],
    brings: () => [
        "service-not-ready",
        "aggregator-no-leader",
        "endpoint-stale",
        "replica-misses-writes",
        "aggregates-missing",
        "crash-loop",
        "etcd-watch-hang",
        "dbnode-down",
        "dbnode-majority-lost",
        "round-trip-fails",
        "remote-write-backlog",
        "series-missing",
        "remote-read-fails",
        "nodeport-silent",
    ],
    fix: ({ namespace }) => [
        run(`kubectl -n ${namespace} get pods -l app=etcd -o wide; kubectl -n ${namespace} describe pod -l app=etcd`),
        "bring the nodes or pods of the missing members back: with their data they join by themselves",
        "restart nothing of M3 until the quorum is back",
    ],
    prevention:
        "three members on three failure domains, one node at a time in maintenance (docs/roll.md); snapshots of etcd",
    docs: "docs/nodes.md",
    recognise(seen) {
        const { members, lost, lines } = unwell(seen);
        if (!lost) return undefined;
        return { sure: "certain", why: lines, about: members, ...scaled(seen) };
    },
};

export const etcdMemberDown: Trouble = {
    id: "etcd-member-down",
    title: "One etcd member is down; the quorum is kept",
    looks: ["nothing, for now: the next one that fails takes the quorum away"],
    cause: "its node or pod is down, or its disk is full or slow",
    tells: { "etcd.health": "ETCD-N: no answer, or /health answered 503", "etcd.members": "ETCD-N: no answer" },
    wake: [...etcdChecks, ...podChecks],
    brings: () => [],
    fix: ({ namespace }, about) => [
        run(`kubectl -n ${namespace} describe pod ${about.join(" ")}`),
        run(`kubectl -n ${namespace} logs ${about[0] ?? "etcd-0"} --tail=30`),
    ],
    prevention: "alert on etcd's own metrics (etcd_server_has_leader, up); fast disks of their own for etcd",
    docs: "docs/nodes.md",
    recognise(seen) {
        const { members, lost, lines } = unwell(seen);
        if (lost || members.length === 0) return undefined;
        return { sure: "certain", why: lines, about: members, ...scaled(seen) };
    },
};

export const etcdNoSpace: Trouble = {
    id: "etcd-nospace",
    title: "etcd is out of space (alarm NOSPACE)",
    looks: [
        "etcd refuses every write: placements, namespaces, topics and elections cannot change, while samples go on being written",
        "etcdctl put: etcdserver: mvcc: database space exceeded",
    ],
    cause: "etcd's database reached its quota (m3perf sets 512 MiB and compaction every hour): something other than M3 writes into it, or much history was not compacted",
    tells: { "etcd.alarms": "alarm NOSPACE" },
    // Its readiness probe asks /health, which an alarm fails: a Service without ready members is not resolved either.
    wake: [
        ...etcdChecks,
        ...podChecks,
        ...m3dbChecks,
        ...serviceChecks,
        ...adminChecks,
        ...dataChecks,
        "data.holes",
        "nodes.clock",
    ],
    brings: () => [
        "aggregator-no-leader",
        "etcd-nearly-full",
        "endpoint-stale",
        "aggregates-missing",
        "etcd-member-down",
        "etcd-quorum-lost",
        "service-not-ready",
        "dbnode-down",
    ],
    fix: ({ namespace }) => {
        const etcdctl = `kubectl -n ${namespace} exec etcd-0 -- env ETCDCTL_API=3 etcdctl`;
        return [
            run(`${etcdctl} endpoint status --write-out=json`, "the revision"),
            run(`${etcdctl} compact REVISION`),
            run(`${etcdctl} defrag`, "of each member, one after the other"),
            run(`${etcdctl} alarm disarm`),
        ];
    },
    prevention: "automatic compaction, a quota that fits, and an alert on etcd_mvcc_db_total_size_in_bytes",
    docs: "docs/settings-reference.md",
    recognise: (seen) => told(seen.find("etcd.alarms", /^alarm (NOSPACE)/)),
};

export const etcdSize: Trouble = {
    id: "etcd-nearly-full",
    title: "etcd's database comes near its quota",
    looks: ["nothing, for now: at the quota etcd refuses every write (etcd-nospace)"],
    cause: "something other than M3 writes to this etcd, or old revisions were never compacted or the file never defragmented",
    tells: { "etcd.size": "ETCD-N: 430.0 MiB of 512.0 MiB, 90 % of it free" },
    wake: [],
    brings: () => [],
    fix: ({ namespace }) => {
        const etcdctl = `kubectl -n ${namespace} exec etcd-0 -- env ETCDCTL_API=3 etcdctl`;
        return [
            run(`${etcdctl} endpoint status -w table`),
            run(`${etcdctl} defrag`, "of each member, one after the other"),
        ];
    },
    prevention: "an etcd of M3's own, automatic compaction, an alert on etcd_mvcc_db_total_size_in_bytes",
    docs: "docs/settings-reference.md",
    recognise: (seen) => told(seen.find("etcd.size", /^(\S+): [\d.]+ MiB of /)),
};

export const etcdCorrupt: Trouble = {
    id: "etcd-corrupt",
    title: "A member's data is corrupt (alarm CORRUPT)",
    looks: ["etcd refuses writes; members differ in what they hold"],
    cause: "a disk or memory fault, or files of a member that were copied or put back by hand",
    tells: { "etcd.alarms": "alarm CORRUPT" },
    wake: etcdChecks,
    brings: () => ["etcd-member-down"],
    fix: ({ namespace }) => [
        run(`kubectl -n ${namespace} logs -l app=etcd --tail=50 | grep -i -E 'corrupt|hash'`),
        run(
            "m3perf etcd snapshot FILE",
            "unless there is one from before the alarm: this is what the first member that answers holds, which may be the corrupt one",
        ),
        "all members anew, as docs/etcd.md has seen it of lost volumes (of corrupt ones it was not run); restart nothing of M3 until it is done:",
        run(
            `kubectl -n ${namespace} scale statefulset/etcd --replicas=0; kubectl -n ${namespace} wait --for=delete pod -l app=etcd --timeout=120s; kubectl -n ${namespace} delete pvc -l app=etcd`,
        ),
        run("m3perf up --refresh", "makes an empty etcd; it ends with 1, since M3 finds nothing in it"),
        run("m3perf etcd restore FILE", "then m3perf verify --wait 240"),
        "or the corrupt member alone, which copies from the others: the lines are in docs/etcd.md (A corrupt member)",
    ],
    prevention: "snapshots of etcd; never copy a member's files",
    docs: "docs/etcd.md",
    recognise: (seen) => told(seen.find("etcd.alarms", /^alarm (CORRUPT)/)),
};
