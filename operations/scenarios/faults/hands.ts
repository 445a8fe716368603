import type { ClusterHands } from "../../access/cluster-hands.ts";
import type { NodeControl } from "../nodes/control.ts";

/** What faults are made and undone with. */
export interface Hands {
    nodes: NodeControl;
    cluster: ClusterHands;
    /** Brings the stack to its file's settings with these changes; with none: to the file's. */
    settings(change: Record<string, unknown>): Promise<void>;
    /** Waits so many milliseconds. */
    pause(milliseconds: number): Promise<void>;
}
