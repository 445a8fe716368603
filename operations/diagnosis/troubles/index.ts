/** Every known trouble, the deepest first: of two that bring about each other, the first is the cause. */
import type { Trouble } from "../trouble.ts";
import { aggregatesMissing, roundTripFails } from "./data.ts";
import { etcdEmptied } from "./emptied.ts";
import { etcdCorrupt, etcdMemberDown, etcdNoSpace, etcdQuorumLost, etcdSize } from "./etcd.ts";
import {
    dbnodeDown,
    dbnodeMajorityLost,
    placementUnsettled,
    replicaHole,
    replicaMissesWrites,
    updateUnfinished,
} from "./m3db.ts";
import {
    etcdWatchHang,
    namespaceChanged,
    namespaceMissing,
    namespaceNotReady,
    noUnaggregatedNamespace,
} from "./namespaces.ts";
import { clockApart, kubeletDown, nodeDown, nodePortSilent, nodePressure } from "./nodes.ts";
import { crashLoop, dbnodeOom, imageUnpullable, misplaced, oom, scaledDown, unschedulable } from "./pods.ts";
import {
    prometheusChanged,
    prometheusNotAnswering,
    remoteReadFails,
    remoteWriteBacklog,
    remoteWriteRefused,
    remoteWriteToQuery,
    seriesMissing,
} from "./prometheus.ts";
import {
    aggregatorNoLeader,
    aggregatorPlacementMissing,
    coordinatorPlacementMissing,
    endpointStale,
    gatewayOpen,
    serviceNotReady,
    topicMissing,
} from "./services.ts";

export const troubles: Trouble[] = [
    nodeDown,
    kubeletDown,
    nodePressure,
    clockApart,
    etcdNoSpace,
    etcdCorrupt,
    etcdQuorumLost,
    etcdMemberDown,
    etcdSize,
    etcdEmptied,
    dbnodeOom,
    oom,
    imageUnpullable,
    unschedulable,
    scaledDown,
    misplaced,
    etcdWatchHang,
    noUnaggregatedNamespace,
    namespaceMissing,
    namespaceNotReady,
    namespaceChanged,
    topicMissing,
    aggregatorPlacementMissing,
    coordinatorPlacementMissing,
    crashLoop,
    dbnodeMajorityLost,
    dbnodeDown,
    placementUnsettled,
    updateUnfinished,
    replicaMissesWrites,
    replicaHole,
    endpointStale,
    serviceNotReady,
    aggregatorNoLeader,
    gatewayOpen,
    nodePortSilent,
    remoteWriteToQuery,
    prometheusChanged,
    prometheusNotAnswering,
    remoteWriteBacklog,
    remoteWriteRefused,
    seriesMissing,
    remoteReadFails,
    roundTripFails,
    aggregatesMissing,
];
