import type { M3, Namespaces, PlacedInstance, Placement, Topic } from "./m3.ts";
import { ensureAggregatorPlacement, ensureCoordinatorPlacement } from "./setup-placements.ts";
import type { SetupPlan, TopicPlan } from "./setup-plan.ts";
import { type Say, SetupError, waitUntil } from "./waiting.ts";

/** A message that no consumer took is dropped after this long: ten minutes, M3's own default in its examples. */
const messageTtl = 600_000_000_000n;

/**
 * Brings the cluster from "the operator has begun" to "the coordinators and the aggregator can start". Every step first looks at
 * what is there: a second run changes nothing. Nothing is ever removed or replaced; what differs is an error.
 * A majority of each shard's replicas is enough to go on, as it is for M3 to make a namespace READY and to acknowledge a write: a dbnode
 * takes up to a tick and more until it calls its shards AVAILABLE (docs/m3db.md, Ticks). `awaitShards` waits for the others.
 */
export async function setUp(plan: SetupPlan, m3: M3, say: Say, every = 1): Promise<void> {
    const enough = "each shard AVAILABLE in a majority of its replicas";
    const placement = await placementWith(enough, majorityMissing, { plan, m3, say, every });
    say(
        `found the M3DB placement: ${Object.keys(placement.instances ?? {}).length} instances, ${placement.numShards} shards AVAILABLE in a majority of their replicas`,
    );

    await waitUntil<true>(
        {
            what: `the namespaces ${plan.namespaces.join(", ")} to be READY`,
            limit: plan.limits.namespaces,
            next: "m3perf free: finds out which step is missing and makes it up; kubectl describe m3dbcluster tells what the operator did",
            every,
            say,
        },
        () => readyNamespaces(plan, m3, say),
    );
    say(`found the namespaces READY: ${plan.namespaces.join(", ")}`);

    await makePlacementsAndTopics(plan, m3, say);
    say("everything that coordinators and aggregator need at their start is there");
}

/** Until each replica of each shard is AVAILABLE. Changes nothing. */
export async function awaitShards(plan: SetupPlan, m3: M3, say: Say, every = 1): Promise<void> {
    const placement = await placementWith("all shards AVAILABLE", anyMissing, { plan, m3, say, every });
    say(`every replica of ${placement.numShards} shards is AVAILABLE`);
}

/** What coordinators and aggregator look for at their start. */
export async function makePlacementsAndTopics(plan: SetupPlan, m3: M3, say: Say): Promise<void> {
    await ensureAggregatorPlacement(plan, m3, say);
    for (const topic of plan.topics) await ensureTopic(plan, m3, say, topic);
    await ensureCoordinatorPlacement(plan, m3, say);
}

type Shards = NonNullable<PlacedInstance["shards"]>;

interface Place {
    plan: SetupPlan;
    m3: M3;
    say: Say;
    every: number;
}

/** The placement, once it has all instances and `missing` finds nothing to wait for in their shards. */
function placementWith(
    enough: string,
    missing: (shards: Shards) => string | undefined,
    { plan, m3, say, every }: Place,
): Promise<Placement> {
    const waiting = {
        what: `the M3DB placement: ${plan.instances} instances, ${enough}`,
        limit: plan.limits.api + plan.limits.placement,
        next: "kubectl get pods -l operator.m3db.io/app=m3db; kubectl logs statefulset/m3db-operator: the operator makes the placement once every database pod is Ready; m3perf free finds out where it hangs",
        every,
        say,
    };
    return waitUntil<Placement>(waiting, async () => {
        const answer = await m3.find<{ placement: Placement }>("/api/v1/services/m3db/placement");
        if (!answer) return "a coordinator answers, there is no placement yet";
        const instances = Object.values(answer.placement.instances ?? {});
        if (instances.length !== plan.instances)
            return `the placement has ${instances.length} of ${plan.instances} instances`;
        const shards = instances.flatMap((instance) => instance.shards ?? []);
        if (shards.length === 0) return "its instances have no shards yet";
        return missing(shards) ?? answer.placement;
    });
}

function anyMissing(shards: Shards): string | undefined {
    const waiting = shards.filter((shard) => shard.state !== "AVAILABLE").length;
    return waiting > 0 ? `${waiting} of ${shards.length} shards are not AVAILABLE yet` : undefined;
}

/** Of a shard that moves, the copy that is LEAVING is none of its replicas any more. */
function majorityMissing(shards: Shards): string | undefined {
    const replicas = new Map<number, { all: number; available: number }>();
    for (const { id, state } of shards) {
        const seen = replicas.get(id) ?? { all: 0, available: 0 };
        if (state !== "LEAVING") seen.all++;
        if (state === "AVAILABLE") seen.available++;
        replicas.set(id, seen);
    }
    const waiting = [...replicas.values()].filter(({ all, available }) => available * 2 <= all).length;
    return waiting > 0
        ? `${waiting} of ${replicas.size} shards are not AVAILABLE in a majority of their replicas yet`
        : undefined;
}

async function readyNamespaces(plan: SetupPlan, m3: M3, say: Say): Promise<true | string> {
    const path = "/api/v1/services/m3db/namespace";
    const answer = await m3.get<{ registry?: { namespaces?: Namespaces } }>(path);
    const namespaces = answer.registry?.namespaces ?? {};
    const missing = plan.namespaces
        .map((name) => ({ name, status: statusOf(namespaces[name]) }))
        .filter(({ status }) => status !== "READY");
    if (missing.length === 0) return true;
    const present = missing.filter(({ status }) => status !== "absent");
    if (!plan.makeReady || present.length === 0)
        return missing.map(({ name, status }) => `${name} is ${status}`).join(", ");
    // M3 refuses as long as a majority of the dbnodes has not bootstrapped the namespace (namespace/ready.go): asked again then.
    for (const { name } of present) {
        await m3.post(`${path}/ready`, { name });
        say(`made the namespace ${name} ready`);
    }
    return "the ready calls were made";
}

/** M3 leaves the status out of what it knows no status of (proto3 JSON). */
function statusOf(namespace: Namespaces[string] | undefined): string {
    if (!namespace) return "absent";
    return namespace.stagingState?.status ?? "UNKNOWN";
}

async function ensureTopic(plan: SetupPlan, m3: M3, say: Say, wanted: TopicPlan) {
    const headers = { "Topic-Name": wanted.name, "Cluster-Environment-Name": wanted.environment };
    const there = (await m3.find<{ topic: Topic }>("/api/v1/topic", headers))?.topic;
    if (!there) {
        await m3.post("/api/v1/topic/init", { numberOfShards: wanted.shards }, headers);
        say(`made the topic ${wanted.name}, ${wanted.shards} shards`);
    } else if (there.numberOfShards !== wanted.shards) {
        throw new SetupError(
            `the topic ${wanted.name} has ${there.numberOfShards} shards`,
            `asked for is ${wanted.shards}; the shards of a topic and of its consumer's placement must be the same`,
            "nothing was changed: keep aggregator.shards as it was when the environment was created",
        );
    } else {
        say(`found the topic ${wanted.name}`);
    }
    const consumed = there?.consumerServices?.find(
        ({ serviceId }) => serviceId.name === wanted.consumer && serviceId.environment === plan.environment,
    );
    if (consumed) {
        say(`found its consumer ${wanted.consumer} (${consumed.consumptionType})`);
        return;
    }
    await m3.post(
        "/api/v1/topic",
        {
            consumerService: {
                serviceId: { name: wanted.consumer, environment: plan.environment, zone: plan.zone },
                consumptionType: wanted.consumption,
                messageTtlNanos: String(messageTtl),
            },
        },
        headers,
    );
    say(`made ${wanted.consumer} its consumer (${wanted.consumption})`);
}
