import { isDeepStrictEqual } from "node:util";
import { CustomObjectsApi, setHeaderOptions } from "../../support/kubernetes-client.ts";
import { waitFor } from "../../support/wait.ts";
import { type Clients, orUndefined } from "../kubernetes.ts";
import type { Live } from "./attaching.ts";
import { keptIn } from "./kept.ts";
import type { ResourceAttachment, ResourceKept, ResourceParts } from "./resource-attachment.ts";

export interface PrometheusResource {
    metadata: { generation?: number; resourceVersion?: string };
    spec?: ResourceParts & { paused?: boolean };
    status?: { conditions?: { type: string; status: string; message?: string; observedGeneration?: number }[] };
}

const jsonPatch = setHeaderOptions("Content-Type", "application/json-patch+json");
const keys = ["externalLabels", "remoteWrite", "remoteRead", "storage"] as const;

/** A Prometheus custom resource in the cluster, and what is kept of it. */
export function resourceAt(
    { config, core }: Clients,
    { namespace, name }: ResourceAttachment["prometheus"],
    rolloutLimit: number,
): Live<ResourceParts, ResourceKept> & { find(): Promise<PrometheusResource | undefined> } {
    const objects = config.makeApiClient(CustomObjectsApi);
    const at = { group: "monitoring.coreos.com", version: "v1", plural: "prometheuses", namespace, name };
    const backup = keptIn(core, namespace, `prometheus-${name}-before-m3perf`);
    const find = () => orUndefined(objects.getNamespacedCustomObject(at) as Promise<PrometheusResource>);
    let base: PrometheusResource | undefined;

    return {
        find,
        async read() {
            base = await find();
            const state = Object.fromEntries(keys.map((key) => [key, base?.spec?.[key]]));
            return { state, kept: await backup.read<ResourceKept>() };
        },
        keep: backup.write,
        forget: backup.forget,
        async write(wanted) {
            const changed = keys.filter((key) => !isDeepStrictEqual(base?.spec?.[key], wanted[key]));
            if (!base || changed.length === 0) return;
            const patch = changed.map((key) => {
                const path = `/spec/${key}`;
                return wanted[key] === undefined ? { op: "remove", path } : { op: "add", path, value: wanted[key] };
            });
            const { resourceVersion } = base.metadata;
            const body = [{ op: "replace", path: "/metadata/resourceVersion", value: resourceVersion }, ...patch];
            await objects.patchNamespacedCustomObject({ ...at, body, fieldManager: "m3perf" }, jsonPatch);
        },
        async settle() {
            const what = `the prometheus-operator to have Prometheus ${namespace}/${name} run with it`;
            await waitFor({ what, timeout: rolloutLimit, every: 1 }, async () => {
                const now = await find();
                const missing = now && notReconciled(now);
                if (missing) throw new Error(missing);
                return true;
            });
        },
    };
}

/** What a Prometheus' conditions still lack (prometheus-operator, Reconciled and Available); undefined: nothing. */
export function notReconciled({ metadata, status, spec }: PrometheusResource): string | undefined {
    if (spec?.paused) return "it is paused (spec.paused): the operator leaves it alone";
    const conditions = status?.conditions ?? [];
    if (conditions.length === 0) return "it has no conditions: no prometheus-operator looks after it";
    for (const type of ["Reconciled", "Available"]) {
        const found = conditions.find((one) => one.type === type);
        if ((found?.observedGeneration ?? 0) < (metadata.generation ?? 0))
            return `${type} does not tell of this change yet`;
        if (found?.status !== "True") return `${type} is ${found?.status}: ${found?.message || "no message"}`;
    }
    return undefined;
}
