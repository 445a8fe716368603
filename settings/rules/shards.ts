import type { SettingProblem } from "../problems.ts";
import type { Scenario } from "../scenario.ts";
import type { Site } from "../site.ts";
import { isolationGroups } from "../topology.ts";

/** Instances that share a replica's shards: those of its isolation group. */
export function instancesOfGroup(site: Site, { m3db: { instancesPerGroup } }: Scenario): number {
    return Math.max(0, ...isolationGroups(site).map(({ nodes }) => instancesPerGroup ?? nodes.length));
}

/** Every database node holds shards. M3 itself takes a placement in which some hold none. */
export function shards(site: Site, scenario: Scenario): SettingProblem[] {
    const { numberOfShards } = scenario.m3db;
    const sharing = instancesOfGroup(site, scenario);
    if (numberOfShards >= sharing) return [];
    return [
        {
            path: "m3perf:m3db.numberOfShards",
            value: numberOfShards,
            reason: `is less than the ${sharing} database nodes of an isolation group, so that some would hold nothing, and it is fixed once the cluster exists: 64 for each of them is M3's advice`,
        },
    ];
}

/** M3's guide (64 shards for 3 nodes, 128 for 6, 256 for 12) comes to 64 for each node of a group; a quarter of it is where we warn. */
const few = 16;

export function fewShards(site: Site, scenario: Scenario): string[] {
    const { numberOfShards } = scenario.m3db;
    const each = Math.floor(numberOfShards / Math.max(1, instancesOfGroup(site, scenario)));
    if (each >= few || each === 0) return [];
    return [
        `m3perf:m3db.numberOfShards = ${numberOfShards} gives a database node ${each} shard(s), and it is fixed once the cluster exists: load spreads unevenly and few nodes can be added; M3's guide comes to 64 for each node of an isolation group`,
    ];
}
