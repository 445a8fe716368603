/** Every check, grouped by system: `verify` runs them all. */
import { aggregatesArrive } from "./aggregation.ts";
import type { Check } from "./check.ts";
import { writeAndRead } from "./data.ts";
import { etcdAlarms, etcdHealth, etcdLeader, etcdMembers } from "./etcd.ts";
import { gatewayGuards } from "./gateway.ts";
import { m3dbHealth, m3dbNamespaces, m3dbPlacement } from "./m3db.ts";
import { m3dbSpec } from "./m3db-spec.ts";
import { m3dbStuck } from "./m3db-stuck.ts";
import { nodesReady, podsOnTheirNodes, podsReady, podsRestarts } from "./pods.ts";
import { remoteRead, remoteWrite, seriesArrive } from "./prometheus.ts";
import { prometheusSettings } from "./prometheus-settings.ts";
import {
    aggregatorHealth,
    aggregatorPlacement,
    coordinatorPlacement,
    coordinatorReady,
    nodePorts,
    queryReady,
    topics,
} from "./services.ts";

export const checks: Check[] = [
    nodesReady,
    nodePorts,
    podsReady,
    podsOnTheirNodes,
    podsRestarts,
    etcdMembers,
    etcdHealth,
    etcdLeader,
    etcdAlarms,
    m3dbHealth,
    m3dbPlacement,
    m3dbNamespaces,
    m3dbStuck,
    m3dbSpec,
    coordinatorReady,
    coordinatorPlacement,
    queryReady,
    aggregatorHealth,
    aggregatorPlacement,
    topics,
    gatewayGuards,
    writeAndRead,
    aggregatesArrive,
    prometheusSettings,
    remoteWrite,
    seriesArrive,
    remoteRead,
];
