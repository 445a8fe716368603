import { jsonOf, shorten } from "../access/http.ts";
import { askM3, m3Ports, type Namespaces, nanosecondsOf, type Placement } from "../access/m3.ts";
import { askEach, type Check, type CheckContext, count, fail, pass } from "./check.ts";

const logs = ({ environment: { namespace, cluster } }: CheckContext, pod = cluster.pods[0]) =>
    `kubectl -n ${namespace} logs ${pod}`;

export const m3dbHealth: Check = {
    id: "m3db.health",
    system: "m3db",
    title: "every dbnode is healthy and has bootstrapped",
    source: "facts.md 4: /health is 200 before the bootstrap, so its body counts; /bootstrapped is 500 until done",
    means: "A replica is missing: writes and reads go on with a majority, and one more failure stops them.",
    async run(context) {
        const { namespace, cluster } = context.environment;
        const { answers, errors } = await askEach(cluster.pods, async (pod) => {
            const get = (path: string) => context.kubernetes.pod(namespace, pod, m3Ports.dbnodeHttp, path);
            const [health, bootstrapped] = await Promise.all([get("/health"), get("/bootstrapped")]);
            const body = jsonOf<{ ok?: boolean; bootstrapped?: boolean }>(health, "/health");
            if (!body.ok || !body.bootstrapped) return `/health says ${shorten(health.body)}`;
            if (bootstrapped.status !== 200) return `/bootstrapped answers ${bootstrapped.status}`;
            return undefined;
        });
        const wrong = [...errors];
        for (const { name, answer } of answers) if (answer) wrong.push(`${name}: ${answer}`);
        if (wrong.length === 0) return pass(`${count(cluster.pods.length, "dbnode")} bootstrapped`);
        const left = cluster.pods.length - wrong.length;
        const majority = Math.floor(cluster.replicationFactor / 2) + 1;
        return fail(
            wrong,
            left >= majority
                ? `a dbnode is down or still bootstrapping; writes go on with ${left} of ${cluster.pods.length}`
                : `too few dbnodes for a majority (${left} of ${cluster.pods.length}, ${majority} needed): writes fail`,
            logs(context, wrong[0]?.split(":")[0]),
        );
    },
};

/** What is wrong with a placement of `expected` instances; the evidence of a good one. Pure. */
function judgePlacement(
    { placement }: Placement,
    expected: { instances: number; replicationFactor: number; shards: number; groups?: string[] },
): { wrong: string[]; evidence: string } {
    const instances = Object.values(placement.instances ?? {});
    const wrong: string[] = [];
    if (instances.length !== expected.instances) {
        wrong.push(`${count(instances.length, "instance")} instead of ${expected.instances}`);
    }
    if ((placement.replicaFactor ?? 0) !== expected.replicationFactor) {
        wrong.push(`replication factor ${placement.replicaFactor ?? 0} instead of ${expected.replicationFactor}`);
    }
    if ((placement.numShards ?? 0) !== expected.shards) {
        wrong.push(`${count(placement.numShards ?? 0, "shard")} instead of ${expected.shards}`);
    }
    const owners = new Map<number, string[]>();
    for (const { id, isolationGroup, shards } of instances) {
        const states = new Map<string, number>();
        for (const shard of shards ?? []) {
            states.set(shard.state, (states.get(shard.state) ?? 0) + 1);
            owners.set(shard.id, [...(owners.get(shard.id) ?? []), isolationGroup ?? ""]);
        }
        const other = [...states].filter(([state]) => state !== "AVAILABLE").map(([state, n]) => `${n} ${state}`);
        if (other.length > 0) wrong.push(`${id}: ${other.join(", ")} of ${count(shards?.length ?? 0, "shard")}`);
    }
    for (let shard = 0; shard < expected.shards; shard += 1) {
        const groups = owners.get(shard) ?? [];
        if (new Set(groups).size !== expected.replicationFactor) {
            wrong.push(
                `shard ${shard} is in ${count(new Set(groups).size, "isolation group")}: ${groups.join(", ") || "none"}`,
            );
            break;
        }
    }
    if (expected.groups) {
        const seen = [...new Set(instances.map(({ isolationGroup }) => isolationGroup ?? ""))].sort();
        const wanted = [...expected.groups].sort();
        if (seen.join() !== wanted.join())
            wrong.push(`isolation groups ${seen.join(", ")} instead of ${wanted.join(", ")}`);
    }
    const evidence = `${count(instances.length, "instance")}, ${count(expected.shards, "shard")} × ${expected.replicationFactor}, all AVAILABLE`;
    return { wrong, evidence };
}

export const m3dbPlacement: Check = {
    id: "m3db.placement",
    system: "m3db",
    title: "every shard is AVAILABLE in each isolation group",
    source: "manual run: services/m3db/placement",
    means: "Some shard has fewer copies than it should, or two of them would fail together.",
    async run(context) {
        const { cluster } = context.environment;
        const { wrong, evidence } = judgePlacement(await askM3(context, "/api/v1/services/m3db/placement"), {
            instances: cluster.pods.length,
            replicationFactor: cluster.replicationFactor,
            shards: cluster.numberOfShards,
            groups: cluster.isolationGroups,
        });
        if (wrong.length === 0) return pass(evidence);
        return fail(
            wrong,
            "dbnodes are still bootstrapping their shards, or an instance was replaced or never added",
            `kubectl -n ${context.environment.namespace} describe m3dbcluster ${cluster.name}`,
        );
    },
};

export const m3dbNamespaces: Check = {
    id: "m3db.namespaces",
    system: "m3db",
    title: "every namespace is there as declared, and READY",
    source: "manual run: Ready Namespace; facts.md 4: writes to one that is not READY get 500 while /ready says 200",
    means: "Samples have nowhere to go, or are kept for another time than declared.",
    async run(context) {
        const { cluster } = context.environment;
        const { registry } = await askM3<Namespaces>(context, "/api/v1/services/m3db/namespace");
        const wrong: string[] = [];
        for (const { name, retention, resolution } of cluster.namespaces) {
            const seen = registry.namespaces?.[name];
            if (!seen) {
                wrong.push(`${name}: missing`);
                continue;
            }
            const status = seen.stagingState?.status ?? "UNKNOWN";
            if (status !== "READY") wrong.push(`${name}: ${status}`);
            const kept = Number(seen.retentionOptions?.retentionPeriodNanos ?? 0);
            if (kept !== nanosecondsOf(retention))
                wrong.push(`${name}: kept for ${kept / 3600e9} h instead of ${retention}`);
            const aggregation = seen.aggregationOptions?.aggregations?.[0];
            const every = aggregation?.aggregated ? Number(aggregation.attributes?.resolutionNanos ?? 0) : 0;
            if (every !== (resolution ? nanosecondsOf(resolution) : 0)) {
                wrong.push(
                    `${name}: ${every ? `aggregated to ${every / 1e9} s` : "unaggregated"} instead of ${resolution ?? "unaggregated"}`,
                );
            }
        }
        if (wrong.length === 0) return pass(cluster.namespaces.map(({ name }) => name).join(", "));
        return fail(
            wrong,
            "the cluster is still bootstrapping, externalCoordinator was set (it skips the ready call), or the namespace was changed by hand",
            `m3perf free; kubectl -n ${context.environment.namespace} describe m3dbcluster ${cluster.name}; then m3perf up`,
        );
    },
};
