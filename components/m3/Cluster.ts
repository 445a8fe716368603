import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource.js";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1/podDisruptionBudget.js";
import type * as pulumi from "@pulumi/pulumi";
import { clusterCommand } from "../ClusterCommand.ts";
import { Component } from "../component.ts";
import {
    alsoMadeOf,
    type ClusterPlan,
    m3dbCluster,
    m3dbConfigMap,
    m3dbDisruptionBudget,
    m3dbPods,
} from "./cluster-manifests.ts";
import type { Allowed, GuardInput } from "./m3db/guard-rules.ts";
import { allowedOf, clusterGuard, clusterRoll } from "./m3db/inputs.ts";

export interface ClusterArgs extends ClusterPlan, Allowed {
    etcdMembers: number;
    kubeconfig: pulumi.Input<string>;
    /** Which certificate database pods show etcd: another one rolls them. Absent: etcd asks for none. */
    etcdCertificate?: pulumi.Output<string> | undefined;
}

/**
 * The M3DBCluster: the operator makes pods, placement and namespaces of it. It is given to the operator before anything waits for
 * it (Setup does), and is deleted before operator and etcd, or its finalizer would keep it for ever (facts.md 4): pass
 * both in `dependsOn`. Before each change a guard looks whether data would be lost; after it, the pods follow, one replica at
 * a time.
 */
export class Cluster extends Component {
    readonly pods: string[];

    constructor(name: string, args: ClusterArgs, opts?: pulumi.ComponentResourceOptions) {
        super("m3:Cluster", name, opts);
        const { kubeconfig, identity } = args;
        const budget = m3dbDisruptionBudget(identity);
        new PodDisruptionBudget(this.childName("budget"), budget, this.child());
        const input: GuardInput = clusterGuard(args, allowedOf(args));
        const guard = clusterCommand(
            this.childName("guard"),
            { program: "components/m3/m3db/guard.ts", up: "check", input, kubeconfig, identity: [] },
            this.child(),
        );
        // Pods that were not rolled yet still need the one before: roll.ts removes it, and the namespace's end does.
        const config = new ConfigMap(
            this.childName("config"),
            m3dbConfigMap(args),
            this.child({ dependsOn: guard, retainOnDelete: true }),
        );
        const made = m3dbCluster(args);
        const envVars =
            args.etcdCertificate?.apply((fingerprint) => alsoMadeOf(made.spec.envVars, fingerprint)) ??
            made.spec.envVars;
        const cluster = new CustomResource(
            this.childName("m3db"),
            { ...made, spec: { ...made.spec, envVars, configMapName: config.metadata.name } },
            this.child({ dependsOn: [guard, config] }),
        );
        this.pods = m3dbPods(args);
        if (args.update === "rolling") this.roll(args, cluster);
        this.registerOutputs({ pods: this.pods });
    }

    /**
     * Each change of the M3DBCluster is another roll. The digest alone would not do: a roll that failed is not in the state, so
     * with the settings of before there would be nothing to run, and a replica would stay as the failed one left it.
     */
    private roll(args: ClusterArgs, cluster: CustomResource): void {
        const input = clusterRoll(args, args.etcdMembers);
        const generation = cluster.metadata.apply((metadata) => metadata?.generation);
        const { safe, back } = input.limits;
        const limit = `${input.sets.length * (safe + back) + this.pods.length * back + 600}s`;
        clusterCommand(
            this.childName("roll"),
            {
                program: "components/m3/m3db/roll.ts",
                up: "run",
                input: { ...input, generation },
                kubeconfig: args.kubeconfig,
                identity: [],
            },
            this.child({ dependsOn: cluster, customTimeouts: { create: limit, update: limit } }),
        );
    }
}
