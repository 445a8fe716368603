import type { Scenario } from "../scenario.ts";
import type { Site } from "../site.ts";
import { fullShare, openFilesOf } from "../size/open-files.ts";
import { secondsOf } from "../units.ts";
import { instancesOfGroup } from "./shards.ts";

/** What a service may raise its own limit to where nobody has set one (systemd's DefaultLimitNOFILE since 240). */
const usual = 524_288;

/** A database node that may not open what its blocks need ends: seen with 256 shards and a limit of 20,000. */
export function manyFiles(site: Site, scenario: Scenario): string[] {
    const { numberOfShards, namespaces } = scenario.m3db;
    const shards = Math.ceil(numberOfShards / Math.max(1, instancesOfGroup(site, scenario)));
    const seconds = (duration: string) => secondsOf(duration) ?? 1;
    const kept = namespaces.map(({ retention, blockSize, indexBlockSize }) => ({
        retention: seconds(retention),
        blockSize: seconds(blockSize),
        indexBlockSize: seconds(indexBlockSize ?? blockSize),
    }));
    const files = openFilesOf(shards, kept);
    if (files <= usual * fullShare) return [];
    return [
        `m3perf:m3db: a database node keeps ${files} files open, two for each block of each of its ${shards} shards; where nobody sets another limit it may open ${usual} (systemd), and at the limit it ends: take longer blocks, shorter retention or fewer shards, or see that the container runtime has more (LimitNOFILE; m3perf doctor)`,
    ];
}
