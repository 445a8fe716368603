import type { CoreV1Api, V1PodTemplateSpec } from "@kubernetes/client-node";
import { UserError } from "../../support/errors.ts";
import { setHeaderOptions } from "../../support/kubernetes-client.ts";
import { waitFor } from "../../support/wait.ts";
import { type Clients, orUndefined } from "../kubernetes.ts";
import type { Live } from "./attaching.ts";
import type { Attachment, Kept, Server } from "./attachment.ts";
import { type KeptIn, keptIn } from "./kept.ts";
import { patchOf } from "./pod-patch.ts";
import { containerOf, partsOf } from "./pod-template.ts";
import { notRolled, podTrouble, type Rolling, workloadApi } from "./workload.ts";

/** On the pod template: its change rolls the pods. */
const annotation = "m3perf.io/prometheus-config";

const mergePatch = setHeaderOptions("Content-Type", "application/merge-patch+json");

/** Where the original is kept. */
const keptBeside = (core: CoreV1Api, { namespace, configMap }: { namespace: string; configMap: string }) =>
    keptIn(core, namespace, `${configMap}-before-m3perf`);

/** An existing Prometheus in the cluster: its configuration, the pods of its Deployment or StatefulSet, the kept original. */
export function serverAt(
    { core, apps }: Clients,
    target: Attachment["prometheus"],
    rolloutLimit: number,
): Live<Server, Kept> & { there(): Promise<boolean> } {
    const { namespace, configMap, configKey, workload } = target;
    const workloads = workloadApi(apps, namespace, workload);
    const backup: KeptIn = keptBeside(core, target);
    let base: { text?: string | undefined; configVersion?: string | undefined; running?: Rolling | undefined } = {};

    return {
        async there() {
            const found = await orUndefined(core.readNamespacedConfigMap({ namespace, name: configMap }));
            return found?.data?.[configKey] !== undefined || (await workloads.read()) !== undefined;
        },

        async read() {
            const [map, running] = await Promise.all([
                orUndefined(core.readNamespacedConfigMap({ namespace, name: configMap })),
                workloads.read(),
            ]);
            base = { text: map?.data?.[configKey], configVersion: map?.metadata?.resourceVersion, running };
            const template = running?.spec?.template;
            const state = {
                text: base.text,
                pod: running && partsOf(running, target.container),
                version: template?.metadata?.annotations?.[annotation],
            };
            return { state, kept: await backup.read<Kept>() };
        },

        keep: backup.write,
        forget: backup.forget,

        async write({ text, pod, version }) {
            if (text !== undefined && text !== base.text) {
                const body = { metadata: { resourceVersion: base.configVersion }, data: { [configKey]: text } };
                await core.patchNamespacedConfigMap({ namespace, name: configMap, body }, mergePatch);
            }
            const template = base.running?.spec?.template as V1PodTemplateSpec | undefined;
            if (!pod || !template) return;
            const index = containerOf(template, target.container);
            const patch = patchOf(template, index, pod, { annotation, version });
            if (patch.length > 0) await workloads.patch(patch, base.running?.metadata?.resourceVersion);
        },

        async settle() {
            const before = await workloads.read();
            if (!before) return;
            const what = `${workload.kind} ${namespace}/${workload.name} to be rolled`;
            await waitFor({ what, timeout: rolloutLimit, every: 1 }, async () => {
                const now = await workloads.read();
                const missing = now && notRolled(now);
                if (missing) throw new Error(`${missing}${await podTrouble(core, namespace, before)}`);
                return true;
            });
        },
    };
}

/** Throws UserError that names what a site file's prometheus section points to and is not there. */
export function mustBeThere(
    { text, pod }: Server,
    { namespace, workload, configMap, configKey }: Attachment["prometheus"],
) {
    if (text === undefined) {
        throw new UserError(`there is no Prometheus configuration ${namespace}/${configMap}, key ${configKey}`, {
            what: "the site file's prometheus section names the ConfigMap and the key that hold prometheus.yml",
            next: `kubectl -n ${namespace} get configmaps`,
        });
    }
    if (!pod) {
        throw new UserError(`there is no ${workload.kind} ${namespace}/${workload.name}`, {
            what: `the site file's prometheus section names the ${workload.kind} whose pods run Prometheus`,
            next: `kubectl -n ${namespace} get ${workload.kind.toLowerCase()}s`,
        });
    }
}
