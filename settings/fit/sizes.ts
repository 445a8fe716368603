import type { Problem } from "../../support/errors.ts";
import { type Ask, cpuSum, memorySum, total } from "../demand.ts";
import { mebibytesOf } from "../units.ts";
import type { NodeFacts, OtherPod } from "./facts.ts";
import type { NodePlan } from "./input.ts";
import { plus } from "./quantities.ts";

const nothing = { memoryMi: 0, cpuMilli: 0 };

/** "asks for 1936Mi and 600m beside 48Mi and 50m of others; it has 2560Mi and 2000m" */
export function share({ asks }: NodePlan, { allocatable, others }: NodeFacts): string {
    const [ours, theirs] = [total(asks), others.reduce(plus, nothing)];
    return `asks for ${text(ours)} beside ${text(theirs)} of others; it has ${text(allocatable)}`;
}

const text = ({ memoryMi, cpuMilli }: { memoryMi: number; cpuMilli: number }) =>
    `${Math.ceil(memoryMi)}Mi and ${Math.ceil(cpuMilli)}m`;

/** What of a node's pods has no room on it: memory, CPU. */
export function misfits(plan: NodePlan, node: NodeFacts): Problem[] {
    return [
        misfit(plan, node, { key: "memoryMi", name: "memory", unit: "Mi", sum: memorySum }),
        misfit(plan, node, { key: "cpuMilli", name: "cpu", unit: "m", sum: cpuSum }),
    ].flatMap((problem) => problem ?? []);
}

interface Kind {
    key: "memoryMi" | "cpuMilli";
    name: "memory" | "cpu";
    unit: string;
    sum(asks: Ask[]): string;
}

function misfit(plan: NodePlan, node: NodeFacts, { key, name, unit, sum }: Kind): Problem | undefined {
    const has = Math.floor(node.allocatable[key]);
    const ours = total(plan.asks)[key];
    const theirs = Math.ceil(node.others.reduce(plus, nothing)[key]);
    const lacking = ours + theirs - has;
    if (lacking <= 0) return undefined;
    const beside = theirs > 0 ? ` beside ${theirs}${unit} of others (${largest(node.others, key, unit)})` : "";
    return {
        what: `node ${node.name}: ${lacking}${unit} of ${name} too little: its pods ask for ${ours}${unit}${beside}, and it has ${has}${unit}`,
        why: sum(plan.asks),
        next: advice(plan, node, lacking, { key, name, unit, sum }),
    };
}

/** The three that ask for most. */
function largest(others: OtherPod[], key: Kind["key"], unit: string): string {
    const asking = others.filter((pod) => pod[key] > 0).sort((a, b) => b[key] - a[key]);
    const named = asking.slice(0, 3).map((pod) => `${pod.pod} ${Math.ceil(pod[key])}${unit}`);
    return [...named, ...(asking.length > 3 ? [`${asking.length - 3} more`] : [])].join(", ");
}

/** The largest of ours can give most; a site file that promises more than there is comes first. */
function advice(plan: NodePlan, node: NodeFacts, lacking: number, { key, name, unit }: Kind): string {
    const declared = key === "memoryMi" ? mebibytesOf(plan.declared.memory) : plan.declared.cpu * 1000;
    const has = Math.floor(node.allocatable[key]);
    const [giving] = plan.asks.filter(({ settings }) => settings).sort((a, b) => b[key] - a[key]);
    const left = (giving?.[key] ?? 0) - lacking;
    const less =
        giving?.settings && left > 0
            ? `set ${giving.settings[name]} to ${left}${unit} at most`
            : "give some of its roles to another node";
    // A tenth less is what the settings' own rule leaves to the node.
    const corrected =
        has < declared * 0.9
            ? `the site file says ${key === "memoryMi" ? plan.declared.memory : `${plan.declared.cpu} cores`}: write what it has (${has}${unit}), from which the sizes are made; or `
            : "";
    return `${corrected}${less}, or take other pods away`;
}
