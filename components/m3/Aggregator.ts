import { StatefulSet } from "@pulumi/kubernetes/apps/v1/statefulSet.js";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import type * as pulumi from "@pulumi/pulumi";
import type { Isolation } from "../../settings/topology.ts";
import { Component } from "../component.ts";
import { aggregatorConfig, configFile } from "./configs.ts";
import { type M3Identity, ports } from "./identity.ts";
import {
    aggregatorStatefulSet,
    configMapMetadata,
    headlessService,
    type M3ServicePlan,
    nodePortService,
} from "./service-manifests.ts";

export interface AggregatorArgs {
    identity: M3Identity;
    isolation: Isolation;
    image: string;
    memoryMi: number;
    cpu: string;
    metricsNodePort: number;
}

/**
 * m3aggregator, one instance: makes the values of the aggregated namespaces. Needs its placement and the topics when it starts, or it
 * exits (facts.md 4): pass Setup in `dependsOn`. No disruption budget: of one pod it could only block every drain.
 */
export class Aggregator extends Component {
    readonly url: string;

    constructor(name: string, args: AggregatorArgs, opts?: pulumi.ComponentResourceOptions) {
        super("m3:Aggregator", name, opts);
        const { namespace } = args.identity;
        const plan: M3ServicePlan = {
            name: "m3aggregator",
            image: args.image,
            namespace,
            role: "aggregator",
            isolation: args.isolation,
            replicas: 1,
            memoryMi: args.memoryMi,
            cpu: args.cpu,
            ports: [
                { name: "m3msg", port: ports.aggregatorM3msg },
                { name: "http", port: ports.aggregatorHttp },
                { name: "metrics", port: ports.aggregatorMetrics },
            ],
        };
        const config = new ConfigMap(
            this.childName("config"),
            {
                metadata: configMapMetadata(plan),
                data: { "m3.yml": configFile(aggregatorConfig(args.identity)) },
            },
            this.child(),
        );
        const instances = new Service(this.childName("instances"), headlessService(plan), this.child());
        const workload = new StatefulSet(
            this.childName("workload"),
            aggregatorStatefulSet(plan, config.metadata.name),
            this.child({ dependsOn: instances }),
        );
        const external = nodePortService(`${plan.name}-external`, plan, [
            { name: "metrics", port: ports.aggregatorMetrics, nodePort: args.metricsNodePort },
        ]);
        new Service(this.childName("external"), external, this.child({ dependsOn: workload }));
        this.url = `http://${plan.name}.${namespace}:${ports.aggregatorHttp}`;
        this.registerOutputs({ url: this.url });
    }
}
