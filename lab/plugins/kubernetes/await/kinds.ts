/** Which kinds are awaited, and how. */
import type { KubeObject } from "../cluster/objects.ts";
import { customResourceDefinition, job, namespace, persistentVolumeClaim, pod, service } from "./others.ts";
import { generic } from "./status.ts";
import type { Awaiter } from "./types.ts";
import { daemonSet, deployment, statefulSet } from "./workloads.ts";

const awaiters: Record<string, Awaiter> = {
    "apiextensions.k8s.io/v1/CustomResourceDefinition": customResourceDefinition,
    "apps/v1/DaemonSet": daemonSet,
    "apps/v1/Deployment": deployment,
    "apps/v1/StatefulSet": statefulSet,
    "batch/v1/Job": job,
    "v1/Namespace": namespace,
    "v1/PersistentVolumeClaim": persistentVolumeClaim,
    "v1/Pod": pod,
    "v1/Service": service,
};

/** Other kinds are ready at once, unless PULUMI_K8S_AWAIT_ALL asks to judge them by their conditions (as official). */
export function awaiterOf({ apiVersion, kind }: Pick<KubeObject, "apiVersion" | "kind">): Awaiter | undefined {
    return awaiters[`${apiVersion}/${kind}`] ?? (process.env.PULUMI_K8S_AWAIT_ALL === "true" ? generic : undefined);
}
