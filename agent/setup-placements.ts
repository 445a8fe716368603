import type { M3, PlacedInstance, Placement } from "./m3.ts";
import type { Instance, SetupPlan } from "./setup-plan.ts";
import { type Say, SetupError } from "./waiting.ts";

interface Found {
    placement: Placement;
    version?: number;
}

const pathOf = (service: string) => `/api/v1/services/${service}/placement`;
const told = (instances: Instance[]) => instances.map(({ id, endpoint }) => `${id} at ${endpoint}`).sort();

/**
 * The aggregators' placement: every instance has every shard, so all are one shard set, whose leader writes (cluster/placement,
 * mirrored). One more or one less replica is set in place: the shards of those that stay do not move.
 */
export async function ensureAggregatorPlacement(plan: SetupPlan, m3: M3, say: Say): Promise<void> {
    const service = "m3aggregator";
    const { shards, instances: wanted } = plan.aggregator;
    const there = await m3.find<Found>(pathOf(service));
    if (!there) {
        await m3.post(`${pathOf(service)}/set`, { placement: await firstPlacement(plan, m3), confirm: true });
        say(`made the ${service} placement: ${told(wanted).join(", ")}`);
        return;
    }
    const { placement, version = 0 } = there;
    const found = Object.values(placement.instances ?? {});
    if (placement.numShards === shards && told(found).join() === told(wanted).join()) {
        say(`found the ${service} placement: ${told(found).join(", ")}`);
        return;
    }
    const kept = wanted.filter((one) => told(found).includes(told([one]).join()));
    const [pattern] = found;
    const onlyReplicas = kept.length === Math.min(found.length, wanted.length) && placement.numShards === shards;
    if (!onlyReplicas || !pattern) throw another(service, placement, wanted, shards);
    await m3.post(`${pathOf(service)}/set`, {
        placement: {
            ...placement,
            replicaFactor: wanted.length,
            instances: Object.fromEntries(wanted.map((one) => [one.id, replica(plan, one, placement, pattern)])),
        },
        version,
        confirm: true,
    });
    say(`set the ${service} placement to ${told(wanted).join(", ")}; it was ${told(found).join(", ")}`);
}

/**
 * What M3 would place, with shards that are in use at once. M3's own are from the next full minute on, so that a new instance beside others
 * has whole windows; until then nobody leads, and what was aggregated is thrown away (M3 1.5.0, cluster/placementhandler/common.go,
 * newShardCutoverNanosFn; aggregator/election_mgr.go, campaignIsEnabled). The first ones have nobody to take over from.
 */
async function firstPlacement(plan: SetupPlan, m3: M3): Promise<Placement> {
    const { shards, instances } = plan.aggregator;
    const asked = {
        num_shards: shards,
        replication_factor: instances.length,
        instances: instances.map((one) => ({ ...placed(plan, one), isolation_group: one.id, weight: 100 })),
    };
    const { placement } = await m3.post<Found>(`${pathOf("m3aggregator")}/init`, asked, { "Dry-Run": "true" });
    const inUse = ({ shards = [], ...instance }: PlacedInstance) => ({
        ...instance,
        shards: shards.map(({ cutoverNanos: _, ...shard }) => shard),
    });
    const made = Object.entries(placement.instances ?? {}).map(([id, instance]) => [id, inUse(instance)]);
    return { ...placement, instances: Object.fromEntries(made) as Record<string, PlacedInstance> };
}

/** As it is placed already, or with the shards and the shard set of one that is. */
function replica(plan: SetupPlan, one: Instance, { instances = {} }: Placement, pattern: PlacedInstance) {
    return instances[one.id] ?? { ...pattern, ...placed(plan, one), isolationGroup: one.id };
}

export async function ensureCoordinatorPlacement(plan: SetupPlan, m3: M3, say: Say): Promise<void> {
    const service = "m3coordinator";
    const wanted = [plan.coordinator];
    const there = await m3.find<Found>(pathOf(service));
    if (!there) {
        await m3.post(`${pathOf(service)}/init`, { instances: wanted.map((one) => placed(plan, one)) });
        say(`made the ${service} placement: ${told(wanted).join(", ")}`);
        return;
    }
    const found = Object.values(there.placement.instances ?? {});
    if (told(found).join() !== told(wanted).join()) throw another(service, there.placement, wanted);
    say(`found the ${service} placement: ${told(found).join(", ")}`);
}

function placed(plan: SetupPlan, { id, endpoint }: Instance) {
    const [hostname = "", port = ""] = endpoint.split(":");
    return { id, zone: plan.zone, endpoint, hostname, port: Number(port) };
}

function another(service: string, { instances = {}, numShards = 0 }: Placement, wanted: Instance[], shards?: number) {
    return new SetupError(
        `the ${service} placement that is there is another one`,
        `it has ${told(Object.values(instances)).join(", ")} with ${numShards} shards; asked for is ${told(wanted).join(", ")}${shards === undefined ? "" : ` with ${shards} shards`}`,
        `nothing was changed: keep the old settings, or remove it yourself (DELETE ${pathOf(service)}) while no ${service} runs`,
    );
}
