import type { Scenario } from "../scenario.ts";
import type { Site, SiteNode } from "../site.ts";
import { figures } from "./figures.ts";
import { planOf } from "./plan.ts";
import type { Range } from "./range.ts";
import { type Component, nodeCores, type SitePod, sitePods } from "./site.ts";
import { bytesText, coresText, memoryText } from "./text.ts";

/** Where the site is too small for the load that is planned; nothing without a load. */
export function sizeWarnings(site: Site, scenario: Scenario): string[] {
    if (!scenario.load) return [];
    return podWarnings(site, sitePods(site, scenario, planOf(scenario, scenario.load)));
}

export function podWarnings(site: Site, pods: SitePod[]): string[] {
    return [...pods.flatMap(memory), ...pods.flatMap(disk), ...cores(site, pods)];
}

/** What helps when a pod's memory is too little, beside a higher limit. */
const relief: Record<Component, string> = {
    m3db: "more M3DB nodes in every isolation group",
    etcd: "nothing else",
    coordinator: "more nodes with the role coordinator",
    query: "fewer series or less time in a query",
    aggregator: "fewer aggregated namespaces",
};

function memory({ component, needs, limit }: SitePod): string[] {
    if (limit >= needs.limit.high) return [];
    return [
        `load: ${verdict(needs.limit, limit)} memory for ${component}: a pod needs a limit of ${memoryText(needs.limit)} and has ${memoryText(limit)}; raise m3perf:${component}.memory${component === "etcd" ? "" : `, or plan ${relief[component]}`}`,
    ];
}

function disk({ component, needs, volume }: SitePod): string[] {
    if (volume === undefined) return [];
    const room = volume * figures.diskUse.low;
    if (room >= needs.disk.high) return [];
    return [
        `load: ${verdict(needs.disk, room)} disk for ${component}: a pod's share of the retention takes ${bytesText(needs.disk)}, and of its ${bytesText(volume)} four fifths may be used; raise m3perf:${component}.storage, or shorten the retention in m3perf:${component}.namespaces, or plan ${relief[component]}`,
    ];
}

/** One line for all nodes that need and have the same. */
function cores(site: Site, pods: SitePod[]): string[] {
    const same = new Map<string, SiteNode[]>();
    for (const node of site.nodes) {
        const needs = nodeCores(node, pods);
        const room = node.cpu * figures.cpuUse.low;
        if (room >= needs.high) continue;
        const text = `${verdict(needs, room)} CPU on NODES: the pods of such a node use ${coresText(needs)} cores, and of its ${node.cpu} ${coresText(room)} may be busy; give it more cores (cpu in the site file), or plan more nodes with the roles ${node.roles.join(", ")}`;
        same.set(text, [...(same.get(text) ?? []), node]);
    }
    return [...same].map(([text, nodes]) => `load: ${text.replace("NODES", nodes.map(({ name }) => name).join(", "))}`);
}

const verdict = (needs: Range, has: number) => (has < needs.low ? "too little" : "perhaps too little");
