import { type Problem, UserError } from "../../../support/errors.ts";
import type { NodeControl } from "./control.ts";
import { canScripts, healScripts, makeScripts } from "./scripts.ts";

/** How the hosts of a site are reached. */
export interface SiteHands {
    site: string;
    /** Runs a script on a node's host as root. Rejects where the host does not answer. */
    run(node: string, script: string): Promise<{ code: number; output: string }>;
    /** Why the node's host cannot be reached; undefined: it has SSH settings. */
    noAccess(node: string): Problem | undefined;
    /** Words of the site file's command, with the node's name in it; undefined: it gives none. */
    power: { off: string[]; on: string[] } | undefined;
    /** Runs a command on this machine. Throws unless it succeeds. */
    command(words: string[]): Promise<void>;
}

/** Seconds after which a host undoes a fault by itself, should nobody come back to do it. */
const selfHealSeconds = 1800;

/** Hosts of a user's own, over SSH: as root, or by sudo without a password. */
export function siteNodes(hands: SiteHands): NodeControl {
    const { power, site } = hands;
    const named = (words: string[], node: string) => words.map((word) => word.replaceAll("{node}", node));
    const must = async (node: string, what: string, script: string) => {
        const { code, output } = await hands.run(node, script);
        if (code !== 0) throw new UserError(`${node}: ${what}`, { what: output.trim() || `exit code ${code}` });
    };
    return {
        async cannot(fault, node) {
            if (fault === "power") return power === undefined ? noPower(site, node) : undefined;
            const unreachable = hands.noAccess(node);
            if (unreachable) return unreachable;
            try {
                const { code, output } = await hands.run(node, canScripts[fault]);
                return code === 0 ? undefined : { what: `${node}: ${output.trim()}`, why: `needed for: ${fault}` };
            } catch (error) {
                return {
                    what: `${node} does not answer SSH`,
                    why: error instanceof Error ? error.message : String(error),
                };
            }
        },
        async make(fault, node) {
            if (fault === "power") return await hands.command(named(required(power, site, node).off, node));
            await must(node, `the fault "${fault}" could not be made`, makeScripts(fault, selfHealSeconds));
        },
        async heal(fault, node) {
            if (fault === "power") return await hands.command(named(required(power, site, node).on, node));
            await must(node, `the fault "${fault}" could not be undone`, healScripts[fault]);
        },
    };
}

function required<T>(power: T | undefined, site: string, node: string): T {
    if (power === undefined) throw new UserError("a host cannot be switched off", noPower(site, node));
    return power;
}

const noPower = (site: string, node: string): Problem => ({
    what: `${node} cannot be switched off: the site file ${site} has no \`power\``,
    why: "a host that is off cannot switch itself on again, so m3perf needs a command for both (IPMI, the hypervisor's tool)",
    next: 'add power: { off: [ipmitool, -H, "{node}-bmc", power, "off"], on: [ipmitool, -H, "{node}-bmc", power, "on"] }',
});
