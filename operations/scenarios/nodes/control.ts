import type { Problem } from "../../../support/errors.ts";

/**
 * What can be done to a node. kubelet: it is stopped, containers go on. partition: nothing comes through its network. power: off at
 * once, as by a pulled plug.
 */
export const nodeFaults = ["kubelet", "partition", "power"] as const;
export type NodeFault = (typeof nodeFaults)[number];

/** Fails nodes and brings them back. */
export interface NodeControl {
    /** Why it cannot, with what to do; undefined: it can. Looks only. */
    cannot(fault: NodeFault, node: string): Promise<Problem | undefined>;
    make(fault: NodeFault, node: string): Promise<void>;
    /** Harmless on a node that has no such fault. Returns once it is undone; the node may need a while to be Ready. */
    heal(fault: NodeFault, node: string): Promise<void>;
}
