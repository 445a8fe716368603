import type { ExistingPrometheus } from "../../settings/site.ts";
import type { Workload } from "./attachment.ts";

/** The workload that a site file names: a Deployment, or else a StatefulSet (settings/site-prometheus.ts sees to it). */
export function workloadOf({ deployment, statefulSet }: ExistingPrometheus): Workload {
    return deployment === undefined
        ? { kind: "StatefulSet", name: statefulSet ?? "" }
        : { kind: "Deployment", name: deployment };
}
