import { turnSteps } from "./plan.ts";
import type { TurnInput } from "./turn-input.ts";

/**
 * Where a host keeps the id of the roll that rebooted it last. FHS 5.8.6, for state that needs no folder of its own; on the disk, so
 * it outlives the reboot, and in the lab a folder that each node has to itself (lab/cluster/machine/init).
 */
const marker = "/var/lib/misc/m3perf-roll";

/**
 * What a turn of a plain roll asks and does on the host. `id`: letters, digits, dots, dashes, underscores (settings/scenario.ts).
 * Nothing is done before the last line has been read, so a connection that is cut while the script travels does nothing.
 */
export function rollScripts(id: string): Required<Pick<TurnInput, "needed" | "check" | "settle">> {
    return {
        needed: script(
            `done=$(cat ${marker} 2>/dev/null) || done=`,
            `if [ "$done" = ${id} ]; then`,
            `    echo "was rebooted for roll ${id} before"`,
            "    exit 3",
            "fi",
            `echo "last roll: \${done:-none}"`,
        ),
        check: script("uname -msr"), // the changed boot id is all that is asked for
        settle: script(
            "mkdir -p /var/lib/misc",
            `echo ${id} >${marker}.new`,
            `sync ${marker}.new`, // whole or not there, also after a power cut
            `mv ${marker}.new ${marker}`,
            "sync /var/lib/misc",
        ),
    };
}

const script = (...lines: string[]) => ["main() {", "set -eu", ...lines, "}", "main </dev/null", ""].join("\n");

/** The order and what each node gets, for previews. Pure. */
export function rollPlan(id: string, turns: TurnInput[]): string {
    const [first] = turns;
    return [
        `roll ${id}: ${turns.length} nodes, one at a time, in this order; what fails stops the roll and leaves the nodes after it alone`,
        ...turns.map(
            ({ node, reboot }, index) => `  ${index + 1}. ${node}${reboot.by === "ssh" ? "" : " (by powerCycle)"}`,
        ),
        "each of them, in this order; a node that had its reboot for this roll is left as it is:",
        ...(first ? turnSteps({ ...first, node: "it" }).map(({ name, does }) => `  - ${name}: ${does}`) : []),
    ].join("\n");
}
