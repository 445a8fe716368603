/**
 * What a node's turn in a roll is (components/nodes/roll/turn.ts), as its component gives it on standard input. Scripts are run by
 * /bin/sh as root on the host; what they print is the evidence that the log shows.
 */
export interface TurnInput {
    /** The Kubernetes node's name. */
    node: string;
    /** Its place: "2 of 6". */
    place: string;
    /** Null: there is no cluster around these hosts, so nothing is drained and no quorum asked for. */
    cluster: TurnCluster | null;
    /** Why the node is rebooted: "kernel 6.12.117", "roll spring-2026". */
    reason: string;
    /** Exit code 0: the host needs its turn; 3: it does not, and what it printed says why. Anything else is a failure. */
    needed: string;
    /** On the host, after draining and before the reboot: what holds only for the next boot. Absent: nothing. */
    prepare?: string;
    /** ssh: asked of the host itself. command: run on this machine (site.powerCycle), for hosts that cannot reboot themselves. */
    reboot: { by: "ssh" } | { by: "command"; command: string[] };
    /** After the host is back: exit code 0 when it is what was wanted. */
    check: string;
    /** After the check: makes it last (the default kernel, a marker that the turn is done). Absent: nothing. */
    settle?: string;
    limits: TurnLimits;
}

export interface TurnCluster {
    /** Kubernetes namespace of M3 and etcd. */
    namespace: string;
    /** M3DBCluster. */
    name: string;
    /** StatefulSet of etcd, its members when all are there, and where they tell of their health: the clients' port unless told. */
    etcd: { statefulSet: string; members: number; healthPort?: number };
    replicationFactor: number;
}

/** Seconds. */
export interface TurnLimits {
    /** Until it is safe to take the node. */
    safe: number;
    drain: number;
    /** From the request to the new boot's SSH. */
    boot: number;
    /** From then until kubelet, pods, etcd member and M3DB replica are back. */
    rejoin: number;
}

/** Seconds for each of the turn's scripts. */
export const scriptLimit = 600;

/** SSH access of the turn's host with its keys, in the secret environment variable of this name, as JSON (support/ssh.ts). */
export const hostVariable = "M3PERF_HOST";
