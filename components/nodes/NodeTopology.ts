import { NodePatch } from "@pulumi/kubernetes/core/v1/nodePatch.js";
import type * as pulumi from "@pulumi/pulumi";
import type { FitInput } from "../../settings/fit/input.ts";
import type { NodeRole, SiteNode } from "../../settings/site.ts";
import type { Isolation } from "../../settings/topology.ts";
import { clusterCommand } from "../ClusterCommand.ts";
import { Component } from "../component.ts";
import { dedicated } from "../manifests.ts";
import { labelsByNode, nodePatch } from "./node-manifests.ts";

export interface NodeTopologyArgs {
    nodes: SiteNode[];
    isolation: Isolation;
    /** What the nodes are to carry (settings/fit/input.ts). */
    fit: FitInput;
    kubeconfig: pulumi.Input<string>;
}

/**
 * Up to so many nodes each has a resource of its own. A file backend writes the whole state at each step: with a thousand of them an
 * `up` took six minutes (bench/README.md), so a larger site's labels are one resource (label.ts).
 */
export const perNode = 100;

/**
 * What each node is for: labels for all, and a taint that keeps everything else off the nodes of M3DB and etcd (their database
 * took the whole node down with it in the manual run), unless they are to be shared (colocated). Before any of that, the
 * topology is held against what the nodes have. Destroying it gives labels and taint back.
 */
export class NodeTopology extends Component {
    /** As the site gives them: "4 CPU, 8Gi". */
    readonly sizes: Record<string, string>;
    private readonly nodes: SiteNode[];

    constructor(name: string, args: NodeTopologyArgs, opts?: pulumi.ComponentResourceOptions) {
        super("nodes:NodeTopology", name, opts);
        this.nodes = args.nodes;
        const fit = clusterCommand(
            this.childName("fit"),
            {
                program: "components/nodes/fit.ts",
                up: "check",
                input: args.fit,
                kubeconfig: args.kubeconfig,
                identity: [],
            },
            this.child(),
        );
        const options = this.child({ dependsOn: fit });
        if (args.nodes.length <= perNode) {
            for (const node of args.nodes)
                new NodePatch(this.childName(node.name), nodePatch(node, args.isolation), options);
        } else {
            clusterCommand(
                this.childName("labels"),
                {
                    program: "components/nodes/label.ts",
                    up: "add",
                    down: "remove",
                    input: { namespace: args.fit.own.namespace, nodes: labelsByNode(args.nodes, args.isolation) },
                    kubeconfig: args.kubeconfig,
                    identity: [args.fit.own.namespace],
                },
                options,
            );
        }
        // With nothing to taint it stays, so that a switch takes the old taints away here and not after everything else.
        const tainted = args.isolation === "dedicated" ? this.withRole("m3db") : [];
        clusterCommand(
            this.childName("taint"),
            {
                program: "components/nodes/taint.ts",
                up: "add",
                down: "remove",
                input: { taint: dedicated, nodes: tainted },
                kubeconfig: args.kubeconfig,
                identity: [tainted.join()],
            },
            options,
        );
        this.sizes = Object.fromEntries(args.nodes.map((node) => [node.name, `${node.cpu} CPU, ${node.memory}`]));
        this.registerOutputs({ sizes: this.sizes });
    }

    /** Names of the nodes with a role. */
    withRole(role: NodeRole): string[] {
        return this.nodes.filter((node) => node.roles.includes(role)).map((node) => node.name);
    }
}
