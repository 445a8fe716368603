/** Every check, grouped by system: `verify` runs them all. */
import { aggregatesArrive } from "./aggregation.ts";
import type { Check } from "./check.ts";
import { clocks } from "./clock.ts";
import { writeAndRead } from "./data.ts";
import { aggregatorEndpoints, coordinatorEndpoints, m3dbEndpoints } from "./endpoints.ts";
import { etcdAlarms, etcdHealth, etcdLeader, etcdMembers } from "./etcd.ts";
import { etcdSize } from "./etcd-size.ts";
import { gatewayGuards } from "./gateway.ts";
import { holes } from "./holes.ts";
import { m3dbHealth, m3dbNamespaces, m3dbPlacement } from "./m3db.ts";
import { m3dbFiles } from "./m3db-files.ts";
import { m3dbShards } from "./m3db-shards.ts";
import { m3dbSpec } from "./m3db-spec.ts";
import { m3dbStuck } from "./m3db-stuck.ts";
import { nodesReady, podsOnTheirNodes, podsReady, podsRestarts } from "./pods.ts";
import { remoteRead, seriesArrive } from "./prometheus.ts";
import { prometheusSettings } from "./prometheus-settings.ts";
import { remoteWrite } from "./remote-write.ts";
import { replicas } from "./replicas.ts";
import { roundTrips } from "./round-trips.ts";
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
    clocks,
    podsReady,
    podsOnTheirNodes,
    podsRestarts,
    etcdMembers,
    etcdHealth,
    etcdLeader,
    etcdAlarms,
    etcdSize,
    m3dbHealth,
    m3dbShards,
    m3dbPlacement,
    m3dbEndpoints,
    m3dbNamespaces,
    m3dbStuck,
    m3dbSpec,
    m3dbFiles,
    coordinatorReady,
    coordinatorPlacement,
    coordinatorEndpoints,
    queryReady,
    aggregatorHealth,
    aggregatorPlacement,
    aggregatorEndpoints,
    topics,
    gatewayGuards,
    writeAndRead,
    roundTrips,
    replicas,
    holes,
    aggregatesArrive,
    prometheusSettings,
    remoteWrite,
    seriesArrive,
    remoteRead,
];
