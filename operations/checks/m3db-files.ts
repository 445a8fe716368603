import { fullShare, type KeptBlocks, openFilesOf } from "../../settings/size/open-files.ts";
import { dbnodeMetrics } from "../access/dbnode.ts";
import { askM3, type Namespaces, type Placement } from "../access/m3.ts";
import { podOf } from "../access/shards.ts";
import { mostOf, pick } from "../watch/exposition.ts";
import { askEach, type Check, fail, pass } from "./check.ts";

const names = new Set(["process_num_fds", "process_max_fds"]);

/** What M3 has registered, in seconds; one without blocks is left out. Pure. */
function keptBlocks({ registry }: Namespaces): KeptBlocks[] {
    return Object.values(registry.namespaces ?? {}).flatMap(({ retentionOptions, indexOptions }) => {
        const seconds = (nanoseconds?: string) => Number(nanoseconds ?? 0) / 1e9;
        const blockSize = seconds(retentionOptions?.blockSizeNanos);
        if (blockSize === 0) return [];
        const retention = seconds(retentionOptions?.retentionPeriodNanos);
        return [{ retention, blockSize, indexBlockSize: seconds(indexOptions?.blockSizeNanos) || blockSize }];
    });
}

export const m3dbFiles: Check = {
    id: "m3db.files",
    system: "m3db",
    title: "every dbnode may open the files that its blocks need",
    source: "the dbnodes' own metrics (process_num_fds, process_max_fds); seen: 256 shards, two namespaces of 24 blocks, a limit of 20,000",
    means: 'At its limit a dbnode cannot open a block or its commit log, and ends: "too many open files". So will the other replicas, which have as many.',
    async run(context) {
        const [{ placement }, registered] = await Promise.all([
            askM3<Placement>(context, "/api/v1/services/m3db/placement"),
            askM3<Namespaces>(context, "/api/v1/services/m3db/namespace"),
        ]);
        const kept = keptBlocks(registered);
        const instances = new Map(Object.values(placement.instances ?? {}).map((one) => [podOf(one), one]));
        // One that does not answer is for m3db.health to tell.
        const { answers, errors } = await askEach([...instances.keys()], async (pod) => {
            const samples = pick(await dbnodeMetrics(context, pod), names);
            return { open: mostOf(samples, "process_num_fds"), limit: mostOf(samples, "process_max_fds") };
        });
        const seen = [...errors];
        const wrong: string[] = [];
        for (const { name, answer } of answers) {
            const { open, limit } = answer;
            if (open === undefined || limit === undefined) {
                seen.push(`${name} does not tell its limit`);
                continue;
            }
            const needed = openFilesOf(instances.get(name)?.shards?.length ?? 0, kept);
            const line = `${name}: ${open} of ${limit} open, ${needed} for all its blocks`;
            seen.push(line);
            if (Math.max(open, needed) > limit * fullShare) wrong.push(line);
        }
        if (wrong.length === 0) return pass(seen.join("; ") || "the placement has no instances");
        return fail(
            wrong,
            "the limit of open files is low for these shards, namespaces and blocks (two files for each shard and block)",
            "raise the limit of the nodes' container runtime (LimitNOFILE; m3perf doctor), or have fewer shards, namespaces or longer blocks",
        );
    },
};
