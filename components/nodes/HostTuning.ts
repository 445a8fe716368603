import type * as pulumi from "@pulumi/pulumi";
import type { Host } from "../../settings/hosts.ts";
import { Component } from "../component.ts";
import { hostCommand } from "./host-command.ts";
import { sshTarget } from "./ssh-connection.ts";
import { tuningActions, tuningScript } from "./tuning/script.ts";

export interface HostTuningArgs {
    /** Those that run M3DB. */
    hosts: Host[];
    /** The key of hosts whose key is in no file: the stack's secret. */
    sshPrivateKey?: string | undefined;
}

/**
 * Kernel parameters, open files and swap as M3DB asks for them (settings/tuning.ts), now and on every boot. What was there is
 * kept on the host, and destroying brings exactly that back.
 */
export class HostTuning extends Component {
    constructor(name: string, args: HostTuningArgs, opts?: pulumi.ComponentResourceOptions) {
        super("nodes:HostTuning", name, opts);
        for (const { node, ssh } of args.hosts) {
            hostCommand(
                this.childName(node),
                {
                    target: sshTarget(ssh, args.sshPrivateKey),
                    script: tuningScript(node),
                    up: tuningActions.set,
                    down: tuningActions.restore,
                    onConnection: "again",
                    // A replacement would set the new values and then bring the old ones back: any change is an update.
                    triggers: [],
                },
                this.child({ customTimeouts: { create: "5m", update: "5m", delete: "5m" } }),
            );
        }
        this.registerOutputs({});
    }
}
