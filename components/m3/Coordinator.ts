import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1/podDisruptionBudget.js";
import type * as pulumi from "@pulumi/pulumi";
import type { Isolation } from "../../settings/topology.ts";
import { Component } from "../component.ts";
import { disruptionBudget } from "../manifests.ts";
import { type CoordinatorSettings, coordinatorConfig } from "./config/coordinator.ts";
import { configFile } from "./config/file.ts";
import { needsOtherZones } from "./config/query.ts";
import { apiUrl, type M3Identity, ports } from "./identity.ts";
import {
    apiDeployment,
    clusterService,
    configMapMetadata,
    type M3ServicePlan,
    nodePortService,
} from "./service-manifests.ts";

export interface CoordinatorArgs {
    identity: M3Identity;
    isolation: Isolation;
    image: string;
    replicas: number;
    memoryMi: number;
    /** Millicores. */
    cpuMilli: number;
    settings: CoordinatorSettings;
    /** No NodePort leads to its API: writers have to pass the gateway. */
    closed: boolean;
    /** Secret with the certificate that etcd asks for. */
    etcdSecret?: pulumi.Input<string> | undefined;
}

/**
 * m3coordinator: takes remote write, sends samples to M3DB and to the aggregator, and takes aggregates back. Needs the topics and the
 * aggregator's placement when it starts, or it exits (facts.md 4): pass Setup in `dependsOn`.
 */
export class Coordinator extends Component {
    readonly url: string;

    constructor(name: string, args: CoordinatorArgs, opts?: pulumi.ComponentResourceOptions) {
        super("m3:Coordinator", name, opts);
        const { namespace } = args.identity;
        const { nodePort, metricsNodePort } = args.settings.coordinator;
        const { mode, serveRemotes } = args.settings.query;
        const plan: M3ServicePlan = {
            name: "m3coordinator",
            image: args.image,
            namespace,
            etcdSecret: args.etcdSecret,
            role: "coordinator",
            isolation: args.isolation,
            replicas: args.replicas,
            memoryMi: args.memoryMi,
            cpu: `${args.cpuMilli}m`,
            ports: [
                { name: "http", port: ports.api },
                { name: "metrics", port: ports.metrics },
                { name: "m3msg", port: ports.coordinatorM3msg },
                ...(mode === "integrated" && serveRemotes ? [{ name: "rpc", port: ports.rpc }] : []),
            ],
            needsOtherZones: mode === "integrated" && needsOtherZones(args.settings.query),
        };
        const config = new ConfigMap(
            this.childName("config"),
            {
                metadata: configMapMetadata(plan),
                data: { "m3.yml": configFile(coordinatorConfig(args.identity, args.settings)) },
            },
            this.child(),
        );
        const workload = new Deployment(
            this.childName("workload"),
            apiDeployment(plan, config.metadata.name),
            this.child(),
        );
        new Service(this.childName("service"), clusterService(plan), this.child({ dependsOn: workload }));
        const external = nodePortService(`${plan.name}-external`, plan, [
            ...(args.closed ? [] : [{ name: "http", port: ports.api, nodePort }]),
            { name: "metrics", port: ports.metrics, nodePort: metricsNodePort },
        ]);
        new Service(this.childName("external"), external, this.child({ dependsOn: workload }));
        new PodDisruptionBudget(this.childName("budget"), disruptionBudget(plan.name, namespace), this.child());
        this.url = apiUrl(args.identity, "m3coordinator");
        this.registerOutputs({ url: this.url });
    }
}
