import type { NodeControl, NodeFault } from "./control.ts";

const words: Record<NodeFault, { make: string; heal: string }> = {
    kubelet: { make: "stop", heal: "start" },
    partition: { make: "partition", heal: "heal" },
    power: { make: "power-off", heal: "power-on" },
};

/** A lab's nodes. `lab` runs `m3perf lab …` and throws unless it succeeds (operations/lab.ts, workOnLab). */
export function labNodes(name: string, lab: (words: string[]) => Promise<void>): NodeControl {
    const node = (action: string, node: string) => lab(["node", action, node, "--lab", name]);
    return {
        cannot: async () => undefined,
        make: (fault, name) => node(words[fault].make, name),
        // Brings it back whatever was done to it, and waits until it is Ready.
        heal: (fault, name) => node(words[fault].heal, name),
    };
}
