import type { NodeControl } from "../nodes/control.ts";
import type { Workload } from "./fault.ts";

/** What faults are made and undone with. */
export interface Hands {
    nodes: NodeControl;
    cluster: ClusterHands;
    /** Brings the stack to its file's settings with these changes; with none: to the file's. */
    settings(change: Record<string, unknown>): Promise<void>;
    /** Waits so many milliseconds. */
    pause(milliseconds: number): Promise<void>;
}

export interface ClusterHands {
    /** Pods that it is to have, and how many of them are Ready and of its newest form. */
    workload(of: Workload): Promise<{ wanted: number; ready: number }>;
    scale(of: Workload, replicas: number): Promise<void>;
    /** Names of the pods behind a selector. */
    pods(namespace: string, selector: Record<string, string>): Promise<string[]>;
    /** `grace`: seconds that it gets to end; its own unless told. */
    deletePod(namespace: string, pod: string, grace?: number): Promise<void>;
    /** undefined: there is no such pod. */
    pod(namespace: string, pod: string): Promise<{ uid: string; ready: boolean } | undefined>;
    /** Runs a shell script in a pod's first container. Throws unless it ends with 0. */
    exec(namespace: string, pod: string, script: string): Promise<void>;
    /** Looks again and again until it is so. Throws after `seconds`, saying what it waited for. */
    until(what: string, seconds: number, look: () => Promise<boolean>): Promise<void>;
}
