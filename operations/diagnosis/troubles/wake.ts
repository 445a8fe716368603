/** Checks that fail together, for the wakes of troubles. */
export const etcdChecks = ["etcd.members", "etcd.health", "etcd.leader", "etcd.alarms", "etcd.size"];
export const podChecks = ["pods.ready", "pods.nodes", "pods.restarts"];
export const m3dbChecks = [
    ...["m3db.health", "m3db.shards", "m3db.placement", "m3db.endpoints", "m3db.spec", "m3db.namespaces", "m3db.stuck"],
    "m3db.files",
];
export const serviceChecks = [
    ...["coordinator.ready", "coordinator.endpoints", "query.ready", "aggregator.leader", "aggregator.endpoints"],
    ...["gateway.guards", "nodes.ports"],
];
/** What writes and reads samples, and what Prometheus does of it. */
export const dataChecks = [
    ...["data.third_avenue", "data.round_trips", "data.replicas", "data.aggregated"],
    ...["prometheus.remote_write", "prometheus.series", "prometheus.remote_read"],
];
/** What asks M3 for its placements and topics, which are in etcd. */
export const adminChecks = ["coordinator.placement", "aggregator.placement", "aggregator.topics"];
