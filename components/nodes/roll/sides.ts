import type { M3State } from "./m3-state.ts";
import type { NodePod } from "./pods.ts";
import type { TurnRecord } from "./record.ts";

/** The Kubernetes node and what runs there and around it. Calls throw when the API server does not answer (each within seconds). */
export interface ClusterSide {
    /** Undefined: the cluster has no such node. */
    node(): Promise<NodeState | undefined>;
    /** Other nodes that are in a turn: "worker-1 (kernel 6.12.117)". */
    othersInTurn(): Promise<string[]>;
    /** Makes it unschedulable and writes the record, in one. */
    cordon(record: TurnRecord): Promise<void>;
    remember(record: TurnRecord): Promise<void>;
    uncordon(): Promise<void>;
    /** Removes the record. */
    forget(): Promise<void>;
    pods(): Promise<NodePod[]>;
    /** blocked: not now, with the API server's reason, such as a PodDisruptionBudget. */
    evict(pod: NodePod): Promise<"asked" | "gone" | { blocked: string }>;
    /** Pods of a controller ("namespace/Kind/name"): ready and wanted; undefined: there is none any more. */
    controller(name: string): Promise<{ ready: number; wanted: number } | undefined>;
    /** Undefined: there is no M3DBCluster. */
    m3(): Promise<M3State | undefined>;
}

export interface NodeState {
    unschedulable: boolean;
    ready: boolean;
    /** Boot id that its kubelet reports. */
    boot: string;
    /** When its kubelet last renewed the node's lease. */
    renewed: Date | undefined;
    record: TurnRecord | undefined;
}

/** The host itself. Each call is a connection of its own, with short limits; throws SshError where there is no way there. */
export interface HostSide {
    look(): Promise<Boot>;
    /** Runs a script as root, `limit` in seconds; each line of its output goes to the log. */
    run(script: string, limit: number): Promise<{ code: number; output: string }>;
    /** Asks for the reboot. Returns when it is asked for (ssh), or when the command has ended (power cycle, within `limit`). */
    reboot(limit: number): Promise<void>;
    /** The record of hosts without a cluster. */
    record(): Promise<TurnRecord | undefined>;
    remember(record: TurnRecord): Promise<void>;
    forget(): Promise<void>;
}

export interface Boot {
    /** /proc/sys/kernel/random/boot_id: another one with each boot. */
    id: string;
}

/** Seconds. */
export interface Pace {
    /** Between two looks. */
    every: number;
    /** How long a host that was asked to reboot may still answer. */
    linger: number;
    /** For an SSH connection, or an API server, that is away for a moment. */
    patience: number;
}

export interface Sides {
    /** Null: there is no cluster around the host. */
    cluster: ClusterSide | null;
    host: HostSide;
    /** A line of the log. */
    say(line: string): void;
    signal: AbortSignal;
    pace: Pace;
}
