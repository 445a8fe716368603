import { type Ask, cpuSum, demandOf, memorySum, total } from "../demand.ts";
import type { SettingProblem } from "../problems.ts";
import type { Scenario } from "../scenario.ts";
import type { Site, SiteNode } from "../site.ts";
import { mebibytesOf } from "../units.ts";

/** Everything that one node carries must fit into what the site says it has, a tenth left for the node itself. */
export function capacity(site: Site, scenario: Scenario): SettingProblem[] {
    const demand = demandOf(site, scenario);
    const problems = site.nodes.flatMap((node, index) => {
        const asks = demand[index]?.asks ?? [];
        return [...memory(node, asks), ...cpu(node, asks)];
    }); // One node of a kind is enough to say it.
    return problems.filter(({ path }, index) => problems.findIndex((other) => other.path === path) === index);
}

function memory(node: SiteNode, asks: Ask[]): SettingProblem[] {
    const sum = total(asks).memoryMi;
    const allowed = Math.floor(mebibytesOf(node.memory) * 0.9);
    const largest = largestBy(asks, "memoryMi");
    if (sum <= allowed || !largest?.settings) return [];
    return [
        {
            path: largest.settings.memory,
            value: `${largest.memoryMi}Mi`,
            reason: `is too much for ${node.name} (${node.memory}): ${memorySum(asks)} = ${sum}Mi, and a tenth stays for the node: ${allowed}Mi at most`,
        },
    ];
}

function cpu(node: SiteNode, asks: Ask[]): SettingProblem[] {
    const sum = total(asks).cpuMilli;
    const allowed = Math.floor(node.cpu * 900);
    const largest = largestBy(asks, "cpuMilli");
    if (sum <= allowed || !largest?.settings) return [];
    return [
        {
            path: largest.settings.cpu,
            value: `${largest.cpuMilli}m`,
            reason: `is too much for ${node.name} (${node.cpu} cores): ${cpuSum(asks)} = ${sum}m, and a tenth stays for the node: ${allowed}m at most`,
        },
    ];
}

/** The largest of those that a setting can change. */
function largestBy(asks: Ask[], key: "memoryMi" | "cpuMilli"): Ask | undefined {
    return asks.filter(({ settings }) => settings).sort((a, b) => b[key] - a[key])[0];
}
