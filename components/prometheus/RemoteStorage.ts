import * as pulumi from "@pulumi/pulumi";
import type { Access } from "../../settings/index.ts";
import { remoteConfig, rulesFolder, rulesPattern, secretMounts } from "../../settings/prometheus/entries.ts";
import { resourceConfig } from "../../settings/prometheus/resource.ts";
import type { PrometheusSettings } from "../../settings/schema/prometheus.ts";
import type { ExistingPrometheus, OperatedPrometheus, SitePrometheus } from "../../settings/site.ts";
import { clusterCommand } from "../ClusterCommand.ts";
import { Component } from "../component.ts";
import type { Attachment } from "./attachment.ts";
import type { ResourceAttachment } from "./resource-attachment.ts";
import { workloadOf } from "./target.ts";

export interface RemoteStorageArgs {
    site: SitePrometheus;
    settings: PrometheusSettings;
    access: Access;
    kubeconfig: pulumi.Input<string>;
    /** ConfigMap beside Prometheus with rules for it to evaluate (components/observe). Absent: none. */
    rules?: string | undefined;
}

/** Seconds for Prometheus to be rolled; one with a long log of writes to replay takes minutes. */
const rolloutLimit = 300;

/**
 * M3 as the long-term store of the site's Prometheus: remote write and remote read in its configuration. Commands, not patches:
 * prometheus.yml is one value of a ConfigMap and a custom resource's lists are atomic, so a patch would own others' entries, too;
 * and destroying has to bring back what was there. Of a Helm release (kind helm) nothing is touched.
 */
export class RemoteStorage extends Component {
    constructor(name: string, args: RemoteStorageArgs, opts?: pulumi.ComponentResourceOptions) {
        super("prometheus:RemoteStorage", name, opts);
        const { site } = args;
        if (site.kind === "helm") {
            void pulumi.log.info("Prometheus is a Helm release: m3perf helm-values prints what to give it", this);
        } else if (site.kind === "operator") this.attachResource(site, args);
        else this.attachServer(site, args);
        this.registerOutputs({});
    }

    private attachServer(site: ExistingPrometheus, { settings, access, kubeconfig, rules }: RemoteStorageArgs): void {
        const { namespace, container, configMap, configKey } = site;
        const workload = workloadOf(site);
        const input = this.since(site, access).then(
            (since): Attachment => ({
                prometheus: { namespace, workload, ...(container ? { container } : {}), configMap, configKey },
                config: { ...remoteConfig(settings), ...(rules ? { rule_file: rulesPattern } : {}) },
                pod: {
                    localStorage: settings.localStorage,
                    secrets: secretMounts(settings),
                    ...(rules
                        ? { configMaps: [{ name: "m3perf-rules", configMap: rules, mountPath: rulesFolder }] }
                        : {}),
                },
                rolloutLimit,
                since,
            }),
        );
        const identity = [namespace, workload.name, configMap, configKey];
        this.attach("components/prometheus/attach.ts", input, identity, kubeconfig);
    }

    private attachResource(site: OperatedPrometheus, { settings, access, kubeconfig }: RemoteStorageArgs): void {
        const { namespace, name } = site;
        const input = this.since(site, access).then(
            (since): ResourceAttachment => ({
                prometheus: { namespace, name },
                config: resourceConfig(settings),
                rolloutLimit,
                since,
            }),
        );
        this.attach("components/prometheus/attach-resource.ts", input, [namespace, name], kubeconfig);
    }

    private attach(
        program: string,
        input: Promise<object>,
        identity: string[],
        kubeconfig: pulumi.Input<string>,
    ): void {
        clusterCommand(
            this.childName("attach"),
            { program, up: "attach", down: "detach", input, kubeconfig, identity },
            this.child({ customTimeouts: { create: "11m", update: "11m", delete: "11m" } }),
        );
    }

    /** See look.ts. Without a cluster there is nothing to look at, and `up` does not come this far. */
    private async since(site: ExistingPrometheus | OperatedPrometheus, access: Access): Promise<string> {
        if (access.missing) return "not looked at: no cluster is at hand";
        const { lookAt } = await import("./look.ts"); // a large package: only where there is a cluster
        const { since, warning } = await lookAt(site, access.kubeconfig, () => new Date().toISOString());
        if (warning) await pulumi.log.warn(warning, this);
        return since;
    }
}
