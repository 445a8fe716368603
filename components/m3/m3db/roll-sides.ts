import type { M3State } from "../../nodes/roll/m3-state.ts";
import type { Pace } from "../../nodes/roll/sides.ts";
import type { RetentionMark } from "./retention.ts";
import type { ContainerLike, PodSource } from "./spec-differences.ts";

/** Input of roll.ts. */
export interface RollInput {
    namespace: string;
    /** M3DBCluster. */
    cluster: string;
    /** What the pods are to be made of (podDigestVariable): another one is another roll. */
    digest: string;
    /** StatefulSets, in the order in which they are taken. */
    sets: string[];
    etcd: { statefulSet: string; members: number; healthPort?: number };
    replicationFactor: number;
    /** How long the namespaces keep their samples, by name: as M3's registry says it, and as its API takes it ("48h"). */
    retentions: Record<string, { nanoseconds: string; duration: string }>;
    /** Seconds, for each StatefulSet: until it may go, and until it is back. */
    limits: { safe: number; back: number };
}

/** The M3DBCluster and what the operator has made of it. Calls throw when the API server does not answer (each within seconds). */
export interface ClusterSide {
    /** Spec of the M3DBCluster; undefined: there is none. */
    spec(): Promise<(PodSource & { configMapName?: string }) | undefined>;
    /** Undefined: there is no such StatefulSet (yet). */
    set(name: string): Promise<SetState | undefined>;
    /** Database pods of a StatefulSet. */
    pods(set: string): Promise<PodState[]>;
    /** Undefined: there is no M3DBCluster. */
    m3(): Promise<M3State | undefined>;
    /** Gets the operator to look at the M3DBCluster again: it takes an annotation as an event. */
    wake(): Promise<void>;
    /** Lets the operator update the StatefulSet once. */
    allowUpdate(set: string): Promise<void>;
    /** Deletes the StatefulSet and leaves its pods, so that the operator makes it anew. */
    orphan(set: SetState): Promise<void>;
    /** Whether the cluster has its first placement, and so its namespaces: before it there is nobody to ask for them. */
    placed(): Promise<boolean>;
    /** Nanoseconds that each namespace keeps its samples, by name. Throws where no database pod answers. */
    retentions(): Promise<Record<string, string>>;
    setRetention(namespace: string, duration: string): Promise<void>;
    /** Undefined: there is none. */
    retentionMark(): Promise<RetentionMark | undefined>;
    /** An empty list removes the mark. */
    rememberForRestart(mark: RetentionMark): Promise<void>;
    /** Deletes a pod, which its StatefulSet makes anew. */
    restart(pod: PodState): Promise<void>;
    /** The last lines of a pod's log, those of its last run when it is between two. */
    lastWords(pod: string): Promise<string>;
    /** Deletes configurations that no pod has any more, all but the one that is named. */
    tidy(keep: string): Promise<string[]>;
}

export interface SetState {
    name: string;
    uid: string;
    /** The database's container in its template. */
    container: ContainerLike;
    /** The operator may update it, and has not seen that yet. */
    allowed: boolean;
    replicas: number;
    ready: number;
    /** Pods of its newest template are all there are, and all of that is known to its controller. */
    updated: boolean;
}

export interface PodState {
    name: string;
    uid: string;
    container: ContainerLike;
    leaving: boolean;
    /** What keeps it from running, in Kubernetes' words: "ImagePullBackOff: …". Undefined: nothing is known. */
    trouble: string | undefined;
    restarts: number;
}

export interface RollSides {
    cluster: ClusterSide;
    /** A line of the log. */
    say(line: string): void;
    signal: AbortSignal;
    pace: Pace;
    /** Seconds since any moment. */
    now(): number;
}
