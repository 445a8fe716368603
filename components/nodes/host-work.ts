import type * as pulumi from "@pulumi/pulumi";
import { rolledNodes } from "../../settings/host-rules.ts";
import type { Host, Settings } from "../../settings/index.ts";
import { withRole } from "../../settings/topology.ts";
import { etcdHealth, etcdName } from "../m3/etcd-manifests.ts";
import { clusterName } from "../m3/identity.ts";
import { HostTuning } from "./HostTuning.ts";
import { KernelUpgrade } from "./KernelUpgrade.ts";
import { RollingReboot } from "./RollingReboot.ts";
import { rollOrder } from "./roll/order.ts";
import type { TurnCluster } from "./roll/turn-input.ts";

/**
 * What the settings ask of the hosts themselves, before anything of the cluster: the kernel, then a roll, then the tuning of
 * M3DB's nodes. Nothing unless they ask for it. Whatever stands on the hosts depends on what is returned.
 */
export function hostWork(
    settings: Settings,
    kubeconfig: pulumi.Input<string>,
    options: pulumi.ComponentResourceOptions,
): pulumi.Resource[] {
    const { site, scenario, sshPrivateKey } = settings;
    const { kernel, roll } = scenario;
    const turns = (nodes: string[] | undefined) => ({
        hosts: hostsNamed(settings, rollOrder(site, rolledNodes(settings.hosts, undefined), nodes)),
        sshPrivateKey,
        cluster: turnCluster(settings),
        kubeconfig,
    });
    const made: pulumi.Resource[] = [];
    const after = () => ({ ...options, dependsOn: [...made] });
    if (kernel) made.push(new KernelUpgrade("kernels", { ...turns(kernel.nodes), kernel }, after()));
    if (roll) {
        const args = { ...turns(roll.nodes), id: roll.id, powerCycle: site.powerCycle };
        made.push(new RollingReboot("roll", args, after()));
    }
    if (scenario.hosts.tuning) {
        const names = withRole(site, "m3db").map(({ name }) => name);
        made.push(new HostTuning("tuning", { hosts: hostsNamed(settings, names), sshPrivateKey }, after()));
    }
    return made;
}

function hostsNamed({ hosts }: Settings, names: string[]): Host[] {
    return names.flatMap((name) => hosts.filter(({ node }) => node === name));
}

/** What a node's turn has to protect. */
function turnCluster({ scenario }: Settings): TurnCluster {
    return {
        namespace: scenario.namespace,
        name: clusterName,
        etcd: { statefulSet: etcdName, members: scenario.etcd.members, ...etcdHealth(scenario.tls.etcd) },
        replicationFactor: scenario.m3db.replicationFactor,
    };
}
