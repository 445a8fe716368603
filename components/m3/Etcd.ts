import { StatefulSet } from "@pulumi/kubernetes/apps/v1/statefulSet.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1/podDisruptionBudget.js";
import type * as pulumi from "@pulumi/pulumi";
import { Component } from "../component.ts";
import {
    type EtcdPlan,
    etcdClients,
    etcdDisruptionBudget,
    etcdEndpoints,
    etcdPeers,
    etcdPods,
    etcdStatefulSet,
} from "./etcd-manifests.ts";

export type EtcdArgs = EtcdPlan;

/** etcd on the nodes that M3DB has to itself, one member on each. Source: manual run, "m3db 구성"; facts.md 4. */
export class Etcd extends Component {
    /** http://etcd-0.etcd.m3db:2379, … */
    readonly endpoints: string[];
    readonly pods: string[];

    constructor(name: string, args: EtcdArgs, opts?: pulumi.ComponentResourceOptions) {
        super("m3:Etcd", name, opts);
        const peers = new Service(this.childName("peers"), etcdPeers(args), this.child());
        new Service(this.childName("client"), etcdClients(args), this.child());
        new PodDisruptionBudget(this.childName("budget"), etcdDisruptionBudget(args), this.child());
        new StatefulSet(this.childName("members"), etcdStatefulSet(args), this.child({ dependsOn: peers }));
        this.endpoints = etcdEndpoints(args);
        this.pods = etcdPods(args);
        this.registerOutputs({ endpoints: this.endpoints, pods: this.pods });
    }
}
