/** Every fault, in the order in which they are made: the quick ones first, what takes nodes away last. */
import type { Fault } from "./fault.ts";
import { replicaHole } from "./hole.ts";
import { databaseKilled, kubeletStopped, majorityLost, nodeCutOff, nodeOff } from "./nodes.ts";
import { aimedAtQuery, cutFromCoordinators, labelsChanged, prometheusAway } from "./prometheus.ts";
import { imageMissing, nodePortMoved, noRoom, queryEnds, queryOutOfMemory, queryScaledDown } from "./services.ts";
import {
    aggregatedDeleted,
    aggregatorPlacementDeleted,
    coordinatorPlacementDeleted,
    memberDown,
    namespaceNotReady,
    noSpace,
    quorumLost,
    topicDeleted,
    unaggregatedDeleted,
} from "./state.ts";

export const faults: Fault[] = [
    replicaHole,
    queryScaledDown,
    nodePortMoved,
    topicDeleted,
    coordinatorPlacementDeleted,
    aggregatorPlacementDeleted,
    noSpace,
    aggregatedDeleted,
    namespaceNotReady,
    unaggregatedDeleted,
    imageMissing,
    queryOutOfMemory,
    queryEnds,
    noRoom,
    prometheusAway,
    aimedAtQuery,
    labelsChanged,
    cutFromCoordinators,
    memberDown,
    quorumLost,
    kubeletStopped,
    nodeOff,
    nodeCutOff,
    databaseKilled,
    majorityLost,
];
