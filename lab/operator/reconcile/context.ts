import type { Events } from "../events.ts";
import { podIdentity } from "../identity.ts";
import type { Kube } from "../kube/client.ts";
import type { Log } from "../log.ts";
import type { M3Admin } from "../m3admin.ts";
import type { M3DBCluster, Pod } from "../types.ts";

/** What a reconcile uses; tests give fakes that record the order of calls. */
export interface Context {
    kube: Kube;
    m3: (cluster: M3DBCluster) => M3Admin;
    events: Events;
    log: Log;
    now: () => Date;
}

export function identityOf(context: Context, cluster: M3DBCluster, pod: Pod): Promise<string> {
    return podIdentity(cluster, pod, (name) => context.kube.get("nodes", "", name));
}
