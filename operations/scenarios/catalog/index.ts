import type { ScenarioPlan } from "../plan.ts";
import { aggregation } from "./aggregation.ts";
import { capacity } from "./capacity.ts";
import { colocated } from "./colocated.ts";
import { dedicated } from "./dedicated.ts";
import { dev } from "./dev.ts";
import { etcdLoss } from "./etcd-loss.ts";
import { integrated } from "./integrated.ts";
import { limits } from "./limits.ts";
import { multiCluster } from "./multi-cluster.ts";
import { nodeFailure } from "./node-failure.ts";
import { replicaHole } from "./replica-hole.ts";
import { split } from "./split.ts";
import { upgrade } from "./upgrade.ts";

/** Every scenario, in the order of the list. */
export const catalog: ScenarioPlan[] = [
    dev,
    nodeFailure,
    capacity,
    etcdLoss,
    replicaHole,
    dedicated,
    colocated,
    split,
    integrated,
    aggregation,
    multiCluster,
    limits,
    upgrade,
];
