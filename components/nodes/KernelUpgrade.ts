import * as pulumi from "@pulumi/pulumi";
import type { Host } from "../../settings/hosts.ts";
import type { KernelSettings } from "../../settings/kernel.ts";
import type { SshTarget } from "../../support/ssh-target.ts";
import { Component } from "../component.ts";
import { hostCommand } from "./host-command.ts";
import { kernelPlan } from "./kernel/plan.ts";
import { type KernelStep, stepAfter, stepsBefore, turnScripts } from "./kernel/steps.ts";
import { turnCommand } from "./roll/turn-command.ts";
import type { TurnCluster, TurnInput, TurnLimits } from "./roll/turn-input.ts";
import { sshTarget } from "./ssh-connection.ts";

export interface KernelUpgradeArgs {
    /** In the order of their turns. */
    hosts: Host[];
    /** The key of hosts whose key is in no file: the stack's secret. */
    sshPrivateKey?: string | undefined;
    kernel: KernelSettings;
    /** Null: no cluster around these hosts, so nothing is drained and no quorum asked for. */
    cluster: TurnCluster | null;
    kubeconfig?: pulumi.Input<string>;
    /** Other limits of a turn than the usual, below. */
    limits?: Partial<TurnLimits>;
}

/** Seconds: an EL host with much memory and many disks takes minutes to its boot loader; M3DB reads its data after that. */
const limits = { safe: 1800, drain: 600, boot: 900, rejoin: 1800 };

/**
 * The kernel of each host to kernel-ml of elrepo, each step of the manual run a resource of its own, one node after the other
 * (manual run, "Linux CentOS8 커널 업데이트"; facts.md 6). A step that has to do nothing says so. Another version is another
 * roll; another connection is none. Destroying changes nothing on the hosts: there is no way back to a kernel but another upgrade.
 */
export class KernelUpgrade extends Component {
    /** What `uname -msr` said after the upgrade, by node. */
    readonly kernels: pulumi.Output<Record<string, string>>;
    private readonly args: KernelUpgradeArgs;

    constructor(name: string, args: KernelUpgradeArgs, opts?: pulumi.ComponentResourceOptions) {
        super("nodes:KernelUpgrade", name, opts);
        this.args = args;
        const plan = kernelPlan(args.hosts, args.kernel, args.cluster !== null);
        if (pulumi.runtime.isDryRun()) void pulumi.log.info(plan, this);
        const kernels: Record<string, pulumi.Output<string>> = {};
        let last: pulumi.Resource[] = [];
        for (const [index, host] of args.hosts.entries()) {
            const proof = this.upgrade(host, `${index + 1} of ${args.hosts.length}`, last);
            kernels[host.node] = proof.stdout.apply((text) => text.split("\n")[0] ?? "");
            last = [proof];
        }
        this.kernels = pulumi.output(kernels);
        this.registerOutputs({ kernels: this.kernels });
    }

    /** One node, step after step; the first waits for the node before it. */
    private upgrade({ node, ssh }: Host, place: string, after: pulumi.Resource[]) {
        const { kernel, sshPrivateKey } = this.args;
        const target = sshTarget(ssh, sshPrivateKey);
        let last = after;
        for (const step of stepsBefore(node, kernel)) last = [this.step(node, step, target, last)];
        const turn = turnCommand(
            this.childName(`${node}-reboot`),
            { input: this.turn(node, place), target, ...this.kubeconfig() },
            this.child({ dependsOn: last }),
        );
        return this.step(node, stepAfter(node, kernel), target, [turn]);
    }

    private step(
        node: string,
        { name, script, changes, limit }: KernelStep,
        target: SshTarget,
        after: pulumi.Resource[],
    ) {
        return hostCommand(
            this.childName(`${node}-${name}`),
            {
                target,
                script,
                onConnection: changes ? "nothing" : "again",
                triggers: [this.args.kernel.version],
            },
            this.child({ dependsOn: after, customTimeouts: { create: limit, update: limit } }),
        );
    }

    private turn(node: string, place: string): TurnInput {
        const { kernel, cluster } = this.args;
        return {
            node,
            place,
            cluster,
            reason: `kernel ${kernel.version}`,
            ...turnScripts(node, kernel),
            // A host with a kernel of its own can reboot by itself; cutting its power could lose what "prepare" has written.
            reboot: { by: "ssh" },
            limits: { ...limits, ...this.args.limits },
        };
    }

    private kubeconfig() {
        const { kubeconfig } = this.args;
        return kubeconfig === undefined ? {} : { kubeconfig };
    }
}
