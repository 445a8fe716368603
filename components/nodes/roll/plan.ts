import type { TurnInput } from "./turn-input.ts";

export interface TurnStep {
    name: "look" | "safe" | "cordon" | "drain" | "prepare" | "reboot" | "back" | "check" | "settle" | "rejoin";
    /** For previews and the log. */
    does: string;
}

/** The steps of a turn, in order. */
export function turnSteps(input: Pick<TurnInput, "node" | "cluster" | "prepare" | "reboot" | "settle" | "limits">) {
    const { node, cluster, prepare, reboot, settle, limits } = input;
    const within = (seconds: number) => `within ${seconds} s`;
    const asked =
        reboot.by === "ssh" ? "asked of the host, so that the connection ends cleanly" : "by the site's powerCycle";
    const steps: (TurnStep | false)[] = [
        { name: "look", does: `whether ${node} needs it; where an interrupted turn stands` },
        cluster !== null && {
            name: "safe",
            does: `etcd has a quorum without ${node}, every M3DB replica is bootstrapped, the placement all AVAILABLE; ${within(limits.safe)}`,
        },
        cluster !== null && { name: "cordon", does: "no new pods" },
        cluster !== null && {
            name: "drain",
            does: `its pods are evicted as their PodDisruptionBudgets allow; ${within(limits.drain)}`,
        },
        prepare !== undefined && { name: "prepare", does: "what holds for the next boot alone" },
        { name: "reboot", does: cluster === null ? asked : `safe still; ${asked}` },
        { name: "back", does: `SSH answers with another boot id; ${within(limits.boot)}` },
        { name: "check", does: "it is what was wanted" },
        settle !== undefined && { name: "settle", does: "makes it last" },
        cluster !== null && {
            name: "rejoin",
            does: `kubelet Ready, uncordoned, pods back, etcd member healthy, M3DB bootstrapped; ${within(limits.rejoin)}`,
        },
    ];
    return steps.filter((step) => step !== false);
}
