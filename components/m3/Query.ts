import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1/podDisruptionBudget.js";
import type * as pulumi from "@pulumi/pulumi";
import type { Isolation } from "../../settings/topology.ts";
import { agentFiles } from "../agent-files.ts";
import { Component } from "../component.ts";
import { disruptionBudget } from "../manifests.ts";
import { configFile, type QueryLimits, queryConfig } from "./configs.ts";
import { type M3Identity, ports } from "./identity.ts";
import {
    apiDeployment,
    clusterService,
    configMapMetadata,
    type M3ServicePlan,
    nodePortService,
    queryFrontContainer,
} from "./service-manifests.ts";

export interface QueryArgs {
    identity: M3Identity;
    isolation: Isolation;
    image: string;
    /** Of the front before it: Node. */
    frontImage: string;
    replicas: number;
    memoryMi: number;
    cpu: string;
    nodePort: number;
    limits: QueryLimits;
}

/**
 * m3query: answers PromQL and remote read, apart from the coordinators, so that heavy queries do not slow the writes (M3's own
 * advice; facts.md 4). Writes are filtered out. Its NodePort gives API and metrics, as the manual run has it.
 */
export class Query extends Component {
    readonly url: string;

    constructor(name: string, args: QueryArgs, opts?: pulumi.ComponentResourceOptions) {
        super("m3:Query", name, opts);
        const { namespace } = args.identity;
        const front = "query-front.ts";
        const plan: M3ServicePlan = {
            name: "m3query",
            image: args.image,
            namespace,
            role: "coordinator",
            isolation: args.isolation,
            replicas: args.replicas,
            memoryMi: args.memoryMi,
            cpu: args.cpu,
            ports: [
                { name: "http", port: ports.api },
                { name: "metrics", port: ports.metrics },
            ],
        };
        const config = new ConfigMap(
            this.childName("config"),
            {
                metadata: configMapMetadata(plan),
                data: { "m3.yml": configFile(queryConfig(args.identity, args.limits)), ...agentFiles(front) },
            },
            this.child(),
        );
        const workload = new Deployment(
            this.childName("workload"),
            apiDeployment(plan, config.metadata.name, [queryFrontContainer(args.frontImage, front)]),
            this.child(),
        );
        new Service(this.childName("service"), clusterService(plan), this.child({ dependsOn: workload }));
        const external = nodePortService(`${plan.name}-external`, plan, [
            { name: "front", port: ports.queryFront, nodePort: args.nodePort },
        ]);
        new Service(this.childName("external"), external, this.child({ dependsOn: workload }));
        new PodDisruptionBudget(this.childName("budget"), disruptionBudget(plan.name, namespace), this.child());
        this.url = `http://${plan.name}.${namespace}:${ports.api}`;
        this.registerOutputs({ url: this.url });
    }
}
