import * as pulumi from "@pulumi/pulumi";
import type { Host } from "../../settings/hosts.ts";
import { Component } from "../component.ts";
import { rollPlan, rollScripts } from "./roll/marker.ts";
import { turnCommand } from "./roll/turn-command.ts";
import type { TurnCluster, TurnInput } from "./roll/turn-input.ts";
import { sshTarget } from "./ssh-connection.ts";

export interface RollingRebootArgs {
    /** Another text is another roll. */
    id: string;
    /** In the order of their turns (roll/order.ts). */
    hosts: Host[];
    /** The key of hosts whose key is in no file: the stack's secret. */
    sshPrivateKey?: string | undefined;
    /** Null: no cluster around these hosts, so nothing is drained and no quorum asked for. */
    cluster: TurnCluster | null;
    kubeconfig?: pulumi.Input<string>;
    /** Command that switches a host off and on again, for hosts that cannot reboot themselves; "{node}" stands for its name. */
    powerCycle?: string[] | undefined;
}

/** Seconds: as for a kernel upgrade (KernelUpgrade.ts); only a bare host's self-test of its memory takes longer. */
const limits = { safe: 1800, drain: 600, boot: 900, rejoin: 1800 };

/**
 * Reboots the nodes, one after the other, each when the cluster can do without it. A node that had its reboot for this roll is
 * left alone, whatever the stack's state says: its host keeps a marker. Destroying does nothing.
 */
export class RollingReboot extends Component {
    /** Names of the nodes, in order. */
    readonly order: string[];

    constructor(name: string, args: RollingRebootArgs, opts?: pulumi.ComponentResourceOptions) {
        super("nodes:RollingReboot", name, opts);
        const { id, hosts, cluster, kubeconfig, powerCycle, sshPrivateKey } = args;
        this.order = hosts.map(({ node }) => node);
        const turns = hosts.map(
            ({ node }, index): TurnInput => ({
                node,
                place: `${index + 1} of ${hosts.length}`,
                cluster,
                reason: `roll ${id}`,
                ...rollScripts(id),
                reboot: powerCycle
                    ? { by: "command", command: powerCycle.map((word) => word.replaceAll("{node}", node)) }
                    : { by: "ssh" },
                limits,
            }),
        );
        if (pulumi.runtime.isDryRun()) void pulumi.log.info(rollPlan(id, turns), this);
        let last: pulumi.Resource[] = [];
        for (const [index, { node, ssh }] of hosts.entries()) {
            const input = turns[index];
            if (!input) continue;
            const target = sshTarget(ssh, sshPrivateKey);
            const turn = turnCommand(
                this.childName(node),
                { input, target, ...(kubeconfig === undefined ? {} : { kubeconfig }) },
                this.child({ dependsOn: last }),
            );
            last = [turn];
        }
        this.registerOutputs({ order: this.order });
    }
}
