import type { LoadInterval } from "../../../agent/load/types.ts";
import type { Environment } from "../../../settings/environment.ts";
import type { Workload } from "../../access/cluster-hands.ts";
import type { CheckContext } from "../../checks/check.ts";
import type { Sample } from "../../watch/sample.ts";
import type { Fault } from "../faults/fault.ts";
import type { NodeFault } from "../nodes/control.ts";
import type { Length, LoadShape } from "../plan.ts";
import type { RunEvent } from "../types.ts";
import type { Nodes } from "./targets.ts";

/** One thing that a scenario does. */
export interface Step {
    /** For people: "observe". */
    title: string;
    /** How long it takes, where that is set. */
    time?: Length;
    /** Left out of the short variant. */
    fullOnly?: boolean;
    /** What nodes have to be failed in for it; asked before the run starts. */
    needs?: (nodes: Nodes) => { fault: NodeFault; node: string }[];
    run(world: World): Promise<void>;
}

/** What steps may use. Everything that changes the environment goes through `faults`, so that it is healed whatever happens. */
export interface World {
    environment: Environment;
    short: boolean;
    /** Milliseconds since 1970. */
    now(): number;
    /** Waits; rejects when the run is interrupted or its load ends by itself. */
    wait(milliseconds: number): Promise<void>;
    faults: Faults;
    /** Pods that a workload is to have. */
    replicas(of: Workload): Promise<number>;
    load: Load;
    /** What m3perf watch has seen in this run so far. */
    watched(): Sample[];
    /** The scenario's own load in this variant. */
    shape: LoadShape | null;
    /** Looks whether identities are told apart; what was seen last counts. */
    probeIsolation(): Promise<void>;
    /** Rebuilds a replica and waits for it. */
    rebuild(pod: string): Promise<void>;
    note(text: string): void;
    /** A look at the cluster, for steps that wait for a state. */
    context: CheckContext;
    /** Opens an event that lasts; returns what ends it. */
    begin(event: Omit<RunEvent, "at" | "until">): (more?: Partial<RunEvent>) => void;
}

export interface Faults {
    make(fault: Fault): Promise<void>;
    /** Undoes all that is made and not healed yet, the last one first. */
    heal(): Promise<void>;
}

export interface Load {
    /** Ends the load that goes on, if any, and starts this one. */
    start(shape: LoadShape): Promise<void>;
    stop(): Promise<void>;
    /** Intervals of this run so far, of all loads. */
    intervals(): LoadInterval[];
}
