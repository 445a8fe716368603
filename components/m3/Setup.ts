import { Job } from "@pulumi/kubernetes/batch/v1/job.js";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import type * as pulumi from "@pulumi/pulumi";
import { Component } from "../component.ts";
import { type SetupArgs, type SetupStep, setupJob, setupProgram, setupProgramMetadata } from "./setup-manifests.ts";

export type { SetupArgs } from "./setup-manifests.ts";

/**
 * The jobs between the operator and M3's own services. `start` waits until M3DB serves, each shard in a majority of its replicas, and its
 * namespaces are READY, then makes the placements and topics without which coordinators and aggregator exit (facts.md 4): what needs
 * these depends on it. The other waits, beside them, until every replica is AVAILABLE, so that an update ends with all of M3DB.
 * A change of their inputs or of their program makes new jobs, which find what is there and make what is missing.
 */
export class Setup extends Component {
    readonly start: Job;

    constructor(name: string, args: SetupArgs, opts?: pulumi.ComponentResourceOptions) {
        super("m3:Setup", name, opts);
        const program = new ConfigMap(
            this.childName("program"),
            { metadata: setupProgramMetadata(args.identity.namespace), data: setupProgram() },
            this.child(),
        );
        const job = (part: string, step: SetupStep, options: pulumi.CustomResourceOptions) =>
            new Job(
                this.childName(part),
                setupJob(args, program.metadata.name, step),
                this.child({ ...options, customTimeouts: { create: "20m", update: "20m" } }),
            );
        this.start = job("job", "start", {});
        job("shards", "shards", { dependsOn: this.start });
        this.registerOutputs({});
    }
}
