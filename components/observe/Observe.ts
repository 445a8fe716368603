import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource.js";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../../settings/index.ts";
import type { OperatedPrometheus } from "../../settings/site.ts";
import { Component } from "../component.ts";
import { dashboardsOf } from "./dashboards/index.ts";
import { observedOf } from "./facts.ts";
import type { Selection } from "./live-selectors.ts";
import { dashboardConfigMap, prometheusRule, rulesConfigMap } from "./manifests.ts";
import { podMonitorResource, podMonitors } from "./scraping.ts";

export type ObserveArgs = Pick<Settings, "site" | "scenario" | "replicas" | "access">;

/**
 * Dashboards for a Grafana and rules for the Prometheus that are there. What Prometheus gets depends on its kind: a custom resource's
 * operator picks up a PrometheusRule and PodMonitors; an existing server gets a ConfigMap, which RemoteStorage mounts and names in
 * rule_files together with its other changes; of a Helm release nothing is touched.
 */
export class Observe extends Component {
    /** For an existing server: the rules, to be mounted. */
    readonly rules: ConfigMap | undefined;
    /** Its name, which is known before it is there. */
    readonly rulesName: string | undefined;

    constructor(name: string, args: ObserveArgs, opts?: pulumi.ComponentResourceOptions) {
        super("observe:Observe", name, opts);
        const { site, scenario } = args;
        const { observe, prometheus } = scenario;
        const observed = observedOf(args);
        const beside = site.prometheus.namespace;
        if (observe.dashboards.enabled) {
            const home = observe.dashboards.namespace ?? beside;
            for (const dashboard of dashboardsOf(observed)) {
                const manifest = dashboardConfigMap(observed, dashboard, observe.dashboards, home);
                new ConfigMap(this.childName(dashboard.area), manifest, this.child({ deleteBeforeReplace: true }));
            }
        }
        const evaluates = observe.rules.enabled && prometheus.localStorage !== "agent";
        if (site.prometheus.kind === "operator") this.giveOperator(site.prometheus, args, evaluates);
        else if (site.prometheus.kind !== "helm" && evaluates) {
            const manifest = rulesConfigMap(observed, beside);
            this.rulesName = manifest.metadata.name;
            this.rules = new ConfigMap(this.childName("rules"), manifest, this.child());
        }
        this.registerOutputs({ rulesName: this.rulesName });
    }

    private giveOperator(prometheus: OperatedPrometheus, args: ObserveArgs, evaluates: boolean): void {
        const { observe } = args.scenario;
        if (!evaluates && !observe.scrape) return;
        const observed = observedOf(args);
        const selection = pulumi.output(this.selectionOf(prometheus, args));
        const labelled = <T extends { metadata: { labels: object } }>(manifest: T, by: "rules" | "podMonitors") => ({
            ...manifest,
            metadata: {
                ...manifest.metadata,
                labels: selection.apply((found) => ({
                    ...manifest.metadata.labels,
                    ...found[by],
                    ...observe.rules.resourceLabels,
                })),
            },
        });
        const { namespace } = prometheus;
        if (evaluates) {
            const manifest = labelled(prometheusRule(observed, namespace), "rules");
            new CustomResource(this.childName("rules"), manifest, this.child());
        }
        for (const monitor of observe.scrape ? podMonitors(observed) : []) {
            const manifest = labelled(podMonitorResource(monitor, namespace), "podMonitors");
            new CustomResource(this.childName(`scrape-${monitor.component}`), manifest, this.child());
        }
    }

    private async selectionOf(prometheus: OperatedPrometheus, { access, scenario }: ObserveArgs): Promise<Selection> {
        if (access.missing) return { rules: {}, podMonitors: {}, warnings: [] };
        const { certain, selectionOf } = await import("./live-selectors.ts"); // a large package: only where there is a cluster
        const selection = await selectionOf(prometheus, access.kubeconfig);
        certain(selection, prometheus, scenario.observe.rules.resourceLabels);
        for (const warning of selection.warnings) await pulumi.log.warn(warning, this);
        return selection;
    }
}
