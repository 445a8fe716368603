import { CustomResourceDefinition } from "@pulumi/kubernetes/apiextensions/v1/customResourceDefinition.js";
import { StatefulSet } from "@pulumi/kubernetes/apps/v1/statefulSet.js";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount.js";
import { ClusterRole } from "@pulumi/kubernetes/rbac/v1/clusterRole.js";
import { ClusterRoleBinding } from "@pulumi/kubernetes/rbac/v1/clusterRoleBinding.js";
import type * as pulumi from "@pulumi/pulumi";
import { Component } from "../component.ts";
import { m3dbClusterDefinition } from "./operator-crd.ts";
import {
    operatorAccount,
    operatorBinding,
    operatorName,
    operatorRole,
    operatorStatefulSet,
} from "./operator-manifests.ts";

export interface OperatorArgs {
    namespace: string;
    image: string;
}

/** m3db-operator 0.14 with the definition of M3DBCluster and the rights that it needs. */
export class Operator extends Component {
    readonly workload = operatorName;

    constructor(name: string, args: OperatorArgs, opts?: pulumi.ComponentResourceOptions) {
        super("m3:Operator", name, opts);
        const definition = new CustomResourceDefinition(
            this.childName("definition"),
            m3dbClusterDefinition(),
            this.child(),
        );
        const account = new ServiceAccount(this.childName("account"), operatorAccount(args.namespace), this.child());
        const role = new ClusterRole(this.childName("role"), operatorRole(), this.child());
        const binding = new ClusterRoleBinding(
            this.childName("binding"),
            operatorBinding(args.namespace),
            this.child({ dependsOn: [role, account] }),
        );
        // It exits when it may not list its kinds: rights and definition come first, and go last.
        new StatefulSet(
            this.childName("workload"),
            operatorStatefulSet(args.namespace, args.image),
            this.child({ dependsOn: [definition, binding] }),
        );
        this.registerOutputs({ workload: this.workload });
    }
}
