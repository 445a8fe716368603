import { StatefulSet } from "@pulumi/kubernetes/apps/v1/statefulSet.js";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import type * as pulumi from "@pulumi/pulumi";
import { Component } from "../component.ts";
import {
    type GeneratorPlan,
    generatorMetadata,
    generatorName,
    generatorProgram,
    generatorService,
    generatorStatefulSet,
} from "./generator-manifests.ts";

/**
 * The load generator (agent/load) as pods, for loads that one machine cannot send: the same program as `m3perf load`. It sends from
 * when it is up until it is taken out of the settings; a change of its settings rolls it.
 */
export class Generator extends Component {
    readonly workload = generatorName;
    readonly workers: number;

    constructor(name: string, args: GeneratorPlan, opts?: pulumi.ComponentResourceOptions) {
        super("load:Generator", name, opts);
        const program = new ConfigMap(
            this.childName("program"),
            { metadata: generatorMetadata(args), data: generatorProgram().data },
            this.child(),
        );
        new Service(this.childName("service"), generatorService(args), this.child());
        new StatefulSet(this.childName("workload"), generatorStatefulSet(args, program.metadata.name), this.child());
        this.workers = args.workers;
        this.registerOutputs({ workers: args.workers });
    }
}
