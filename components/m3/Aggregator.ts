import { StatefulSet } from "@pulumi/kubernetes/apps/v1/statefulSet.js";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1/podDisruptionBudget.js";
import type * as pulumi from "@pulumi/pulumi";
import type { M3Namespace, Scenario } from "../../settings/index.ts";
import type { Isolation } from "../../settings/topology.ts";
import { Component } from "../component.ts";
import { disruptionBudget } from "../manifests.ts";
import { secondsBetween } from "./aggregation-window.ts";
import { aggregatorConfig } from "./config/aggregator.ts";
import { configFile } from "./config/file.ts";
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
    aggregator: Scenario["aggregator"];
    /** M3DB's: how coarse the aggregated ones are says how long windows are kept. */
    namespaces: Pick<M3Namespace, "resolution">[];
    /** Secret with the certificate that etcd asks for. */
    etcdSecret?: pulumi.Input<string> | undefined;
}

/**
 * m3aggregator, one instance or two: makes the values of the aggregated namespaces. Of two, both take every sample, the one that
 * leads (an election in etcd) writes, and the other knows by etcd how far it came. Needs its placement and the topics when it
 * starts, or it exits (facts.md 4): pass Setup in `dependsOn`.
 */
export class Aggregator extends Component {
    readonly url: string;

    constructor(name: string, args: AggregatorArgs, opts?: pulumi.ComponentResourceOptions) {
        super("m3:Aggregator", name, opts);
        const { namespace } = args.identity;
        const { replicas, cpu, metricsNodePort } = args.aggregator;
        const plan: M3ServicePlan = {
            name: "m3aggregator",
            image: args.image,
            namespace,
            etcdSecret: args.etcdSecret,
            role: "aggregator",
            isolation: args.isolation,
            replicas,
            memoryMi: args.memoryMi,
            cpu,
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
                data: { "m3.yml": configFile(aggregatorConfig(args.identity, args.aggregator, args.namespaces)) },
            },
            this.child(),
        );
        const instances = new Service(this.childName("instances"), headlessService(plan), this.child());
        const between = secondsBetween(replicas, args.namespaces, args.aggregator.bufferPast);
        // Pulumi's own ten minutes (of its await of a StatefulSet), and what the roll waits.
        const limit = `${600 + replicas * between}s`;
        const workload = new StatefulSet(
            this.childName("workload"),
            aggregatorStatefulSet(plan, config.metadata.name, between),
            this.child({
                dependsOn: instances,
                ...(between > 0 ? { customTimeouts: { create: limit, update: limit } } : {}),
            }),
        );
        const external = nodePortService(`${plan.name}-external`, plan, [
            { name: "metrics", port: ports.aggregatorMetrics, nodePort: metricsNodePort },
        ]);
        new Service(this.childName("external"), external, this.child({ dependsOn: workload }));
        // Of one pod, a budget could only block every drain.
        if (replicas > 1)
            new PodDisruptionBudget(this.childName("budget"), disruptionBudget(plan.name, namespace), this.child());
        this.url = `http://${plan.name}.${namespace}:${ports.aggregatorHttp}`;
        this.registerOutputs({ url: this.url });
    }
}
