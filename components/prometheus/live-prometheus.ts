import { setHeaderOptions, type V1Deployment } from "@kubernetes/client-node";
import { UserError } from "../../support/errors.ts";
import { waitFor } from "../../support/wait.ts";
import { type Clients, statusOf } from "../kubernetes.ts";
import { type Attachment, type Backup, backupName } from "./attachment.ts";

/** On the Deployment's pod template: its change rolls the pods. */
const annotation = "m3perf.io/prometheus-config";

/** The Prometheus in the cluster: its configuration, the kept original, its Deployment. */
export function prometheusAt({ core, apps }: Clients, target: Attachment["prometheus"], rolloutLimit: number) {
    const { namespace, deployment, configMap, configKey } = target;
    const mergePatch = setHeaderOptions("Content-Type", "application/merge-patch+json");

    async function orUndefined<T>(call: Promise<T>): Promise<T | undefined> {
        try {
            return await call;
        } catch (error) {
            if (statusOf(error) === 404) return undefined;
            throw error;
        }
    }

    async function readBackup(): Promise<Backup | undefined> {
        const kept = await orUndefined(core.readNamespacedConfigMap({ namespace, name: backupName(configMap) }));
        const { original, attached } = kept?.data ?? {};
        return original === undefined || attached === undefined ? undefined : { original, attached };
    }

    async function readIfThere() {
        const live = await orUndefined(core.readNamespacedConfigMap({ namespace, name: configMap }));
        const text = live?.data?.[configKey];
        return text === undefined ? undefined : { text, backup: await readBackup() };
    }

    const patchDeployment = (body: object) =>
        apps.patchNamespacedDeployment({ namespace, name: deployment, body }, mergePatch);

    return {
        readIfThere,

        async read() {
            const found = await readIfThere();
            if (found) return found;
            throw new UserError(`there is no Prometheus configuration ${namespace}/${configMap}, key ${configKey}`, {
                what: "the site file's prometheus section names the ConfigMap and the key that hold prometheus.yml",
                next: `kubectl -n ${namespace} get configmaps`,
            });
        },

        async keep(backup: Backup) {
            const name = backupName(configMap);
            const data = { original: backup.original, attached: backup.attached };
            const body = { metadata: { name, namespace, labels: { "app.kubernetes.io/part-of": "m3perf" } }, data };
            const there = await orUndefined(core.readNamespacedConfigMap({ namespace, name }));
            if (there) await core.patchNamespacedConfigMap({ namespace, name, body: { data } }, mergePatch);
            else await core.createNamespacedConfigMap({ namespace, body });
        },

        async forget() {
            await orUndefined(core.deleteNamespacedConfigMap({ namespace, name: backupName(configMap) }));
        },

        async write(text: string) {
            const body = { data: { [configKey]: text } };
            await core.patchNamespacedConfigMap({ namespace, name: configMap, body }, mergePatch);
        },

        /** Rolls the Deployment when its annotation differs (undefined: has none), and waits until it is rolled. */
        async roll(version: string | undefined) {
            const before = await orUndefined(apps.readNamespacedDeployment({ namespace, name: deployment }));
            if (!before) {
                if (version === undefined) return;
                throw new UserError(`there is no Deployment ${namespace}/${deployment}`, {
                    what: "the site file's prometheus section names the Deployment whose pods run Prometheus",
                    next: `kubectl -n ${namespace} get deployments`,
                });
            }
            if (before.spec?.template.metadata?.annotations?.[annotation] !== version) {
                const annotations = { [annotation]: version ?? null };
                await patchDeployment({ spec: { template: { metadata: { annotations } } } });
            }
            await waitFor(
                { what: `Deployment ${namespace}/${deployment} to be rolled`, timeout: rolloutLimit, every: 1 },
                async () => {
                    const missing = notRolled(await apps.readNamespacedDeployment({ namespace, name: deployment }));
                    if (missing) throw new Error(`${missing}${await podTrouble(before)}`);
                    return true;
                },
            );
        },
    };

    /** Why its pods wait, as the kubelets say it. */
    async function podTrouble(of: V1Deployment): Promise<string> {
        const labels = of.spec?.selector.matchLabels ?? {};
        const labelSelector = Object.entries(labels)
            .map(([key, value]) => `${key}=${value}`)
            .join(",");
        const pods = await core.listNamespacedPod({ namespace, labelSelector });
        const troubles = pods.items.flatMap((pod) =>
            (pod.status?.containerStatuses ?? []).flatMap(({ state, lastState }) => {
                const reason = state?.waiting?.message ?? state?.waiting?.reason ?? lastState?.terminated?.message;
                return reason ? [`${pod.metadata?.name}: ${reason.trim()}`] : [];
            }),
        );
        return troubles.length > 0 ? `; ${troubles.join("; ")}` : "";
    }
}

/** What a Deployment still lacks; undefined when all its pods are new and available. */
export function notRolled(deployment: V1Deployment): string | undefined {
    const { status, metadata } = deployment;
    const wanted = deployment.spec?.replicas ?? 1;
    if ((status?.observedGeneration ?? 0) < (metadata?.generation ?? 0))
        return "its controller has not seen the change yet";
    if ((status?.updatedReplicas ?? 0) < wanted) return `${status?.updatedReplicas ?? 0} of ${wanted} pods are new`;
    if ((status?.replicas ?? 0) > wanted) return `${(status?.replicas ?? 0) - wanted} old pod(s) are still there`;
    if ((status?.availableReplicas ?? 0) < wanted)
        return `${status?.availableReplicas ?? 0} of ${wanted} pods are available`;
    return undefined;
}
