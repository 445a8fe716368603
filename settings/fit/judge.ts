import type { Problem } from "../../support/errors.ts";
import { nearestOf } from "../../support/nearest.ts";
import { total } from "../demand.ts";
import type { NodeFacts } from "./facts.ts";
import type { FitInput, NodePlan } from "./input.ts";
import { plus } from "./quantities.ts";
import { misfits, share } from "./sizes.ts";

export interface Fit {
    /** What keeps the environment from running as it is laid out; empty: it fits. */
    problems: Problem[];
    /** What does no harm by itself, but is worth knowing. */
    notes: string[];
    /** One line for each node that carries something of M3. */
    lines: string[];
}

/** Taints that only say what the node's conditions and its cordon say already. */
const told = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable", "node.kubernetes.io/unschedulable"];

/** What the kubelet says by a taint and takes away itself, once it is over and some minutes have gone by (its evictionPressureTransitionPeriod). */
const own: Record<string, string> = {
    "node.kubernetes.io/disk-pressure": "its disk is full or nearly so",
    "node.kubernetes.io/pid-pressure": "it has hardly any process ids left",
    "node.kubernetes.io/network-unavailable": "its network is not set up",
};
/** Kubernetes lets every pod with a request or a limit pass, as all of ours are (Taints and Tolerations, "Taint Nodes by Condition"). */
const memoryPressure = "node.kubernetes.io/memory-pressure";

/** Holds the topology against the cluster as it is. `facts`: all its nodes, also those that the site does not name. */
export function judgeFit(input: FitInput, facts: NodeFacts[]): Fit {
    const fit: Fit = { problems: [], notes: [], lines: [] };
    for (const plan of input.nodes) {
        const node = facts.find(({ name }) => name === plan.node);
        if (node) judgeNode(plan, node, fit);
        else fit.problems.push(absent(input, plan, facts));
    }
    judgeLoose(input, facts, fit);
    judgeArchitectures(input, facts, fit);
    return fit;
}

function absent({ site, nodes }: FitInput, { node }: NodePlan, facts: NodeFacts[]): Problem {
    const named = new Set(nodes.map((plan) => plan.node));
    const free = facts.map(({ name }) => name).filter((name) => !named.has(name));
    const nearest = nearestOf(node, free);
    return {
        what: `node ${node}: is not in the cluster`,
        why: `the cluster has ${facts.map(({ name }) => name).join(", ") || "no node"}`,
        next: nearest
            ? `did you mean ${nearest}? Correct site ${site}`
            : `kubectl get nodes -o wide; correct site ${site}, or join the node to the cluster`,
    };
}

function judgeNode(plan: NodePlan, node: NodeFacts, fit: Fit): void {
    const what = `node ${node.name}`;
    if (plan.asks.length === 0) {
        if (node.notReady) fit.notes.push(`${what} is not Ready (${node.notReady}); nothing of M3 is to run there`);
        return;
    }
    if (node.notReady) {
        const next = `kubectl describe node ${node.name}; journalctl -u kubelet on it`;
        fit.problems.push({ what: `${what}: is not Ready`, why: node.notReady, next });
    }
    if (node.cordoned) {
        const why = "no pod is scheduled on it; a roll or a drain that did not end leaves a node so";
        fit.problems.push({ what: `${what}: is cordoned`, why, next: `kubectl uncordon ${node.name}` });
    }
    for (const { key, value, effect } of node.taints) {
        if (effect === "PreferNoSchedule" || told.includes(key)) continue;
        if (key === memoryPressure) {
            fit.notes.push(
                `${what} is short of memory, or was so minutes ago (${key}); pods that have none asked for are kept off it`,
            );
            continue;
        }
        if (own[key] !== undefined) {
            const next = `kubectl describe node ${node.name}; the kubelet takes the taint away by itself some minutes after that is over`;
            fit.problems.push({ what: `${what}: takes no new pods: ${own[key]}`, why: `taint ${key}`, next });
            continue;
        }
        fit.problems.push({
            what: `${what}: has the taint ${key}${value ? `=${value}` : ""}:${effect}, which M3's pods do not tolerate`,
            next: `kubectl taint node ${node.name} ${key}:${effect}-, or give its roles to another node`,
        });
    }
    fit.problems.push(...misfits(plan, node));
    fit.lines.push(`${node.name}: ${share(plan, node)}`);
    const strangers = node.others.filter(({ everywhere }) => !everywhere);
    if (plan.dedicated && strangers.length > 0) {
        const names = strangers.map(({ pod }) => pod).join(", ");
        fit.notes.push(`${what} is for M3DB alone, and its taint keeps new pods away, but moves none: ${names}`);
    }
}

/** The operator and the set-up job go wherever there is room: the freest node has to take them all. */
function judgeLoose({ loose, nodes }: FitInput, facts: NodeFacts[], fit: Fit): void {
    const sum = total(loose);
    const free = facts
        .filter(({ name, notReady, cordoned, taints }) => {
            const dedicated = nodes.some((plan) => plan.node === name && plan.dedicated);
            return !notReady && !cordoned && !dedicated && taints.every(({ effect }) => effect === "PreferNoSchedule");
        })
        .map((node) => {
            const asks = nodes.find((plan) => plan.node === node.name)?.asks ?? [];
            const used = node.others.reduce(plus, total(asks));
            return {
                memoryMi: node.allocatable.memoryMi - used.memoryMi,
                cpuMilli: node.allocatable.cpuMilli - used.cpuMilli,
            };
        });
    if (free.some(({ memoryMi, cpuMilli }) => memoryMi >= sum.memoryMi && cpuMilli >= sum.cpuMilli)) return;
    fit.problems.push({
        what: `no node has room for ${loose.map(({ what }) => what).join(" and ")}: ${sum.memoryMi}Mi and ${sum.cpuMilli}m`,
        why: "they go to any node that is Ready, not cordoned, without a taint, and not for M3DB alone",
        next: "make room on one of them, or give M3's services less memory",
    });
}

function judgeArchitectures({ nodes }: FitInput, facts: NodeFacts[], fit: Fit): void {
    const carrying = facts.filter(({ name }) => nodes.some(({ node, asks }) => node === name && asks.length > 0));
    const seen = new Map<string, string[]>();
    for (const { name, architecture } of carrying) {
        if (architecture) seen.set(architecture, [...(seen.get(architecture) ?? []), name]);
    }
    if (seen.size > 1) {
        fit.problems.push({
            what: "the nodes that run M3 are of different architectures",
            why: [...seen].map(([architecture, names]) => `${architecture}: ${names.join(", ")}`).join("; "),
            next: "give M3's roles to nodes of one architecture: an image is made for one",
        });
    } else if (seen.size === 1 && !seen.has("amd64")) {
        fit.notes.push(`the nodes are ${[...seen.keys()]}: M3's official images are made for amd64, so use your own`);
    }
}
