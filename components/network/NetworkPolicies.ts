import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy.js";
import type * as pulumi from "@pulumi/pulumi";
import { Component } from "../component.ts";
import type { NetworkPlan } from "./plan.ts";
import { networkPolicies } from "./policies.ts";

/**
 * Who may come to each workload of ours, and to which of its ports. They come up first, and a change of them is first: what needs a new
 * way finds it open. A way that is closed is closed before its successor stands; Prometheus sends later what it could not send then.
 */
export class NetworkPolicies extends Component {
    constructor(name: string, args: NetworkPlan, opts?: pulumi.ComponentResourceOptions) {
        super("network:NetworkPolicies", name, opts);
        const policies = networkPolicies(args);
        for (const { workload, manifest } of policies)
            new NetworkPolicy(this.childName(workload), manifest, this.child());
        this.registerOutputs({ named: policies.map(({ workload }) => workload) });
    }
}
