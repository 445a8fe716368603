import type { Workload } from "../../access/cluster-hands.ts";
import type { NodeFault } from "../nodes/control.ts";

/** What is done to an environment, as data: it is written down before it is done, so that anybody can undo it. */
export type Fault =
    | { kind: NodeFault; node: string }
    /** A workload has `to` pods instead of `from`. */
    | { kind: "scale"; workload: Workload; from: number; to: number }
    /** All pods of a workload are deleted; it makes them again. */
    | { kind: "restart"; workload: Workload; selector: Record<string, string> }
    /** A database pod loses its files and starts again without them. */
    | { kind: "wipe"; namespace: string; pod: string }
    /** The environment has other settings than its stack's file says. */
    | { kind: "settings"; stack: string; change: Record<string, unknown> };

/** What was done, for people: "kubelet stopped". */
export function faultText(fault: Fault): string {
    switch (fault.kind) {
        case "kubelet":
            return "kubelet stopped";
        case "partition":
            return "network cut";
        case "power":
            return "powered off";
        case "scale":
            return `scaled from ${fault.from} to ${fault.to} pods`;
        case "restart":
            return "all pods deleted";
        case "wipe":
            return "data deleted, pod restarted";
        case "settings":
            return `settings changed: ${Object.keys(fault.change).join(", ")}`;
    }
}

/** What it was done to. */
export function targetOf(fault: Fault): string {
    switch (fault.kind) {
        case "scale":
        case "restart":
            return `${fault.workload.kind} ${fault.workload.name}`;
        case "wipe":
            return fault.pod;
        case "settings":
            return `stack ${fault.stack}`;
        default:
            return fault.node;
    }
}
