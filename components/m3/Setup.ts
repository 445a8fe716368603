import { Job } from "@pulumi/kubernetes/batch/v1/job.js";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import type * as pulumi from "@pulumi/pulumi";
import { Component } from "../component.ts";
import { type SetupArgs, setupJob, setupProgram, setupProgramMetadata } from "./setup-manifests.ts";

export type { SetupArgs } from "./setup-manifests.ts";

/**
 * The job between the operator and M3's own services: waits until M3DB has its placement and its namespaces are READY, then makes the
 * placements and topics without which coordinators and aggregator exit (facts.md 4). A change of its inputs or of its
 * program makes a new job, which finds what is there and makes what is missing.
 */
export class Setup extends Component {
    constructor(name: string, args: SetupArgs, opts?: pulumi.ComponentResourceOptions) {
        super("m3:Setup", name, opts);
        const program = new ConfigMap(
            this.childName("program"),
            { metadata: setupProgramMetadata(args.identity.namespace), data: setupProgram() },
            this.child(),
        );
        new Job(
            this.childName("job"),
            setupJob(args, program.metadata.name),
            this.child({ customTimeouts: { create: "20m", update: "20m" } }),
        );
        this.registerOutputs({});
    }
}
