import type * as pulumi from "@pulumi/pulumi";
import type { SitePrometheus } from "../../settings/site.ts";
import { clusterCommand } from "../ClusterCommand.ts";
import { Component } from "../component.ts";
import type { Attachment } from "./attachment.ts";

export interface RemoteStorageArgs {
    prometheus: SitePrometheus;
    writeUrl: string;
    readUrl: string;
    readRecent: boolean;
    kubeconfig: pulumi.Input<string>;
}

/**
 * M3 as the long-term store of the Prometheus that is already there: remote write and remote read in its configuration. A
 * command, not a ConfigMapPatch: prometheus.yml is one value of a ConfigMap, which a patch could only own as a whole, and
 * destroying has to bring the original back.
 */
export class RemoteStorage extends Component {
    readonly writeUrl: string;
    readonly readUrl: string;

    constructor(name: string, args: RemoteStorageArgs, opts?: pulumi.ComponentResourceOptions) {
        super("prometheus:RemoteStorage", name, opts);
        const { namespace, deployment, configMap, configKey } = args.prometheus;
        const input: Attachment = {
            prometheus: { namespace, deployment, configMap, configKey },
            endpoints: {
                remote_write: { url: args.writeUrl },
                remote_read: { url: args.readUrl, read_recent: args.readRecent },
            },
            rolloutLimit: 300,
        };
        clusterCommand(
            this.childName("attach"),
            {
                program: "components/prometheus/attach.ts",
                up: "attach",
                down: "detach",
                input,
                kubeconfig: args.kubeconfig,
                identity: [namespace, deployment, configMap, configKey],
            },
            this.child({ customTimeouts: { create: "11m", update: "11m", delete: "11m" } }),
        );
        this.writeUrl = args.writeUrl;
        this.readUrl = args.readUrl;
        this.registerOutputs({ writeUrl: this.writeUrl, readUrl: this.readUrl });
    }
}
