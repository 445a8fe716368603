import type { SettingProblem } from "../problems.ts";
import type { Scenario } from "../scenario.ts";
import { secondsOf } from "../units.ts";

const hour = 3600;

/** M3 1.5.0's own choice of block size by retention (query/api/v1/handler/database/create.go), in hours. */
const advised = [
    [12, 0.5],
    [24, 1],
    [7 * 24, 2],
    [30 * 24, 12],
    [Number.POSITIVE_INFINITY, 24],
] as const;

/** A block of an aggregated namespace holds one value at least; M3 does not check it. */
export function blocks(scenario: Scenario): SettingProblem[] {
    return scenario.m3db.namespaces.flatMap(({ resolution, blockSize }, index) => {
        if (!resolution || (secondsOf(resolution) ?? 0) <= (secondsOf(blockSize) ?? 0)) return [];
        const reason = `must not be longer than a block, ${blockSize}: most blocks would hold no value`;
        return [{ path: `m3perf:m3db.namespaces[${index}].resolution`, value: resolution, reason }];
    });
}

/** Every block of every shard is a set of files. Twice M3's own number of blocks is where we warn. */
export function manyBlocks(scenario: Scenario): string[] {
    return scenario.m3db.namespaces.flatMap(({ name, retention, blockSize }) => {
        const [kept, block] = [(secondsOf(retention) ?? 0) / hour, (secondsOf(blockSize) ?? 0) / hour];
        const best = advised.find(([atMost]) => kept <= atMost)?.[1] ?? block;
        if (block * 2 >= best) return [];
        return [
            `m3perf:m3db.namespaces, ${name}: ${retention} in blocks of ${blockSize} are ${Math.ceil(kept / block)} blocks, each a set of files in every shard; M3 itself would take blocks of ${best}h`,
        ];
    });
}
