import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource.js";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1/podDisruptionBudget.js";
import type * as pulumi from "@pulumi/pulumi";
import { Component } from "../component.ts";
import { type ClusterPlan, m3dbCluster, m3dbDisruptionBudget, m3dbPods } from "./cluster-manifests.ts";

export type ClusterArgs = ClusterPlan;

/**
 * The M3DBCluster: the operator makes pods, placement and namespaces of it. It is given to the operator before anything waits for
 * it (Setup does), and is deleted before operator and etcd, or its finalizer would keep it for ever (facts.md 4): pass
 * both in `dependsOn`.
 */
export class Cluster extends Component {
    readonly pods: string[];

    constructor(name: string, args: ClusterArgs, opts?: pulumi.ComponentResourceOptions) {
        super("m3:Cluster", name, opts);
        const budget = m3dbDisruptionBudget(args.identity);
        new PodDisruptionBudget(this.childName("budget"), budget, this.child());
        new CustomResource(this.childName("m3db"), m3dbCluster(args), this.child());
        this.pods = m3dbPods(args);
        this.registerOutputs({ pods: this.pods });
    }
}
