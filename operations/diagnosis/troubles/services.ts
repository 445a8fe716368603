import type { Seen } from "../seen.ts";
import { type Names, run, type Trouble, told } from "../trouble.ts";

const again = ({ namespace }: Names) =>
    run(
        `kubectl -n ${namespace} delete job -l app=m3-setup; m3perf up --refresh`,
        "the set-up job makes what is missing",
    );
const byHand = "placements and topics: leave them to the set-up job; after a reset of etcd, run it again";

export const topicMissing: Trouble = {
    id: "topic-missing",
    title: "An m3msg topic is missing or has no consumer",
    looks: [
        "nothing at first; a coordinator or aggregator that restarts ends after 2 s with init watch timeout",
        "aggregated series end, while unaggregated ones go on",
    ],
    cause: "the set-up job has not run, etcd was emptied after it, or the topic was deleted by hand",
    tells: { "aggregator.topics": "aggregator_ingest: … answered 404; or consumed by nobody; or has no shards" },
    wake: ["aggregator.leader", "coordinator.ready", "data.aggregated", "pods.ready", "pods.restarts"],
    brings: () => ["crash-loop", "aggregator-no-leader", "aggregates-missing", "service-not-ready"],
    fix: (names) => [again(names)],
    prevention: byHand,
    docs: "docs/services.md",
    recognise: (seen) => told(seen.find("aggregator.topics", /^(\w+): (?:.*answered 404|consumed by |has no shards)/)),
};

export const aggregatorPlacementMissing: Trouble = {
    id: "aggregator-placement-missing",
    title: "The aggregators have no placement, or not theirs",
    looks: [
        "nothing at first; an aggregator or coordinator that restarts ends after 2 s with init watch timeout",
        "aggregated series end, while unaggregated ones go on",
    ],
    cause: "the set-up job has not run, etcd was emptied after it, or the placement was deleted or changed by hand",
    tells: { "aggregator.placement": "… answered 404; or 0 instances instead of 1; or 3 of 4 shards assigned" },
    wake: [
        "aggregator.endpoints",
        "aggregator.leader",
        "data.aggregated",
        "coordinator.ready",
        "pods.ready",
        "pods.restarts",
    ],
    brings: () => ["crash-loop", "aggregator-no-leader", "aggregates-missing", "service-not-ready"],
    fix: (names) => [again(names)],
    prevention: byHand,
    docs: "docs/services.md",
    recognise: (seen) =>
        told(
            seen.find(
                "aggregator.placement",
                /answered 404|^\d+ instances? instead of|shards? assigned$|gives shards away$/,
            ),
        ),
};

export const coordinatorPlacementMissing: Trouble = {
    id: "coordinator-placement-missing",
    title: "The coordinators are in no placement",
    looks: ["the aggregator's values do not reach M3DB: aggregated series end, while unaggregated ones go on"],
    cause: "the set-up job has not run, etcd was emptied after it, or the placement was deleted or changed by hand",
    tells: { "coordinator.placement": "endpoints: none; or … answered 404" },
    wake: ["coordinator.endpoints", "data.aggregated", "aggregator.leader"],
    brings: () => ["aggregates-missing"],
    fix: (names) => [again(names)],
    prevention: byHand,
    docs: "docs/services.md",
    recognise: (seen) => told(seen.find("coordinator.placement", /answered 404|^endpoints: /)),
};

export const aggregatorNoLeader: Trouble = {
    id: "aggregator-no-leader",
    title: "No aggregator leads, or more than one",
    looks: ["aggregated series end, or each value is there twice; unaggregated ones go on"],
    cause: "the aggregator is down, has just started (the election takes 10 s), has no placement, or cannot reach etcd",
    tells: { "aggregator.leader": "m3aggregator-0: follower, unknown, or no answer" },
    wake: ["data.aggregated", "pods.ready", "nodes.ports"],
    brings: () => ["aggregates-missing"],
    fix: ({ namespace }) => [
        run(`kubectl -n ${namespace} get pods -l app=m3aggregator -o wide`),
        run(`kubectl -n ${namespace} logs statefulset/m3aggregator --tail=50`),
    ],
    prevention: "two aggregators (m3perf:aggregator.replicas), of which one leads; alert on the leader's number",
    docs: "docs/services.md",
    recognise(seen) {
        const lines = seen.lines("aggregator.leader").filter((line) => !line.includes("has no pods"));
        return told(lines.map((line) => ({ line, about: /^([\w-]+)/.exec(line)?.[1] ?? "aggregator" })));
    },
};

/** Where coordinators or queries are well by themselves, something below them keeps them from their work. */
export const serviceNotReady: Trouble = {
    id: "service-not-ready",
    title: "A coordinator or query does not serve",
    looks: ["remote write or dashboards get 500 or 503 from some of the replicas"],
    cause: "it cannot reach etcd or enough dbnodes, or it has just started",
    tells: {
        "coordinator.ready": "POD: not ready for writes: default; or no answer",
        "query.ready": "POD: not ready for reads: default; or no answer",
    },
    wake: [
        "pods.ready",
        "nodes.ports",
        "data.third_avenue",
        "data.round_trips",
        "coordinator.endpoints",
        "prometheus.remote_write",
        "prometheus.series",
        "prometheus.remote_read",
    ],
    brings: () => [
        "round-trip-fails",
        "remote-write-backlog",
        "series-missing",
        "remote-read-fails",
        "nodeport-silent",
        "aggregates-missing",
    ],
    fix: ({ namespace }, about) => about.map((pod) => run(`kubectl -n ${namespace} logs ${pod} --tail=30`)),
    prevention: "two replicas of each on nodes of their own; alert on /ready with its content",
    docs: "docs/services.md",
    recognise(seen) {
        const lines = seen.find(["coordinator.ready", "query.ready"], /^(\S+): /);
        return told(lines);
    },
};

export const gatewayOpen: Trouble = {
    id: "gateway-changed",
    title: "The gateway does not guard as it should",
    looks: ["calls without a token get through, or senders with one are refused"],
    cause: "its configuration was changed by other hands, or it does not run",
    tells: { "gateway.guards": "POD: POST /api/v1/prom/remote/write answers 200 instead of 401" },
    wake: ["pods.ready", "prometheus.remote_write"],
    brings: () => ["remote-write-backlog"],
    fix: ({ namespace }) => [
        run(`kubectl -n ${namespace} logs deployment/m3gateway --tail=30`),
        run("m3perf up --refresh", "sets its configuration again"),
    ],
    prevention: "leave its ConfigMap to m3perf up",
    docs: "docs/identities.md",
    recognise(seen: Seen) {
        return told(seen.find("gateway.guards", /^(\S+): \w+ /));
    },
};

export const endpointStale: Trouble = {
    id: "endpoint-stale",
    title: "A placement names an endpoint that leads nowhere",
    looks: ["coordinators log connection errors to one replica, or the aggregator to the coordinators, for ever"],
    cause: "the pod of that instance does not run or is not ready, its Service was changed or deleted, or the placement is an old one",
    tells: {
        "m3db.endpoints": "INSTANCE: POD.SERVICE has no address: no such pod runs",
        "coordinator.endpoints": "INSTANCE: no pod behind the Service m3coordinator is ready",
        "aggregator.endpoints": "INSTANCE: there is no Service m3aggregator for …",
    },
    wake: ["data.aggregated"],
    brings: () => ["aggregates-missing"],
    fix: ({ namespace }) => [
        run(`kubectl -n ${namespace} get endpointslices -o wide; kubectl -n ${namespace} get pods -o wide`),
        run("m3perf up --refresh", "sets Services and labels again"),
    ],
    prevention: "leave Services, labels of pods and placements to m3perf up and the operator",
    docs: "docs/services.md",
    recognise: (seen) =>
        told(
            seen.find(
                ["m3db.endpoints", "coordinator.endpoints", "aggregator.endpoints"],
                /^(.+): (?:no pod behind|there is no Service|\S+ (?:has no address|is not ready|is the pod )|of \S+ in the placement)/,
            ),
        ),
};
