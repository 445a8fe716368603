import type { NodeFault } from "../nodes/control.ts";
import type { Step } from "./step.ts";
import type { NodeTarget } from "./targets.ts";

function nodeFault(kind: NodeFault, title: string, target: NodeTarget): Step {
    return {
        title: `${title} of the ${target.text}`,
        needs: (nodes) => [{ fault: kind, node: target.of(nodes) }],
        run: (world) => world.faults.make({ kind, node: target.of(world.environment) }),
    };
}

/** Containers go on; Kubernetes takes the node for lost after its grace period, and its pods out of their Services. */
export const stopKubelet = (target: NodeTarget) => nodeFault("kubelet", "stop the kubelet", target);

/** As by a pulled plug. */
export const powerOff = (target: NodeTarget) => nodeFault("power", "pull the plug", target);

/** Nothing comes in or goes out; everything on the node goes on. */
export const cutOff = (target: NodeTarget) => nodeFault("partition", "cut the network", target);
