import type { Problem } from "../../support/errors.ts";
import type { Placement, PlacementInstance } from "../access/m3.ts";
import { podOf } from "../access/shards.ts";

/** What a replica's rebuilding goes by: the placement, and which database pods are Ready. */
export interface Seen {
    placement: Placement;
    ready: Record<string, boolean>;
}

const instancesOf = ({ placement }: Placement): PlacementInstance[] => Object.values(placement.instances ?? {});

/** A pod's instance: its id is the identity that the operator gives the pod, `{"name":"…"}` and what else the settings say. */
export const instanceOf = (placement: Placement, pod: string): PlacementInstance | undefined =>
    instancesOf(placement).find((one) => podOf(one) === pod);

export const shardsIn = (instance: PlacementInstance | undefined, state: string): number =>
    instance?.shards?.filter((shard) => shard.state === state).length ?? 0;

/** Why an instance must not be rebuilt: what it holds has to be on the others, whole, and they have to take its writes. Pure. */
export function whyNot({ placement, ready }: Seen, pod: string): Problem | undefined {
    const all = instancesOf(placement);
    if (!instanceOf(placement, pod)) {
        const known = all.map(podOf).join(", ");
        return { what: `${pod} is no instance of the placement`, why: `there are ${known}`, next: "name one of them" };
    }
    const factor = placement.placement.replicaFactor ?? 1;
    if (factor < 3) {
        return {
            what: `the placement has ${factor} of each shard`,
            why: "without one of them there is no majority that could take writes meanwhile, or no copy at all",
        };
    }
    const others = all.filter((one) => podOf(one) !== pod);
    const unfit = others.filter((one) => shardsIn(one, "AVAILABLE") !== (one.shards?.length ?? 0));
    const [first] = unfit;
    if (first) {
        return {
            what: `${podOf(first)} has ${(first.shards?.length ?? 0) - shardsIn(first, "AVAILABLE")} shards that are not AVAILABLE`,
            why: "while one is rebuilt the others have to have everything",
            next: "wait until they are: m3perf verify --only m3db",
        };
    }
    const away = others.map(podOf).filter((one) => ready[one] !== true);
    if (away.length > 0) {
        return {
            what: `${away.join(", ")} is not Ready`,
            why: "while one is rebuilt the others have to answer for it",
            next: "bring it back first: m3perf diagnose",
        };
    }
    return undefined;
}

/**
 * What POST /api/v1/services/m3db/placement/set takes (PlacementSetRequest, query/generated/proto/admin/placement.proto): the
 * placement as it is, with all shards of one instance INITIALIZING and no source. Only then does M3 stream from its peers
 * what an instance has not (bootstrapper/commitlog/source.go takes an AVAILABLE shard for whole, whatever is on its disk). Pure.
 */
export function initializing({ placement, version }: Placement, pod: string): object {
    const instances = Object.entries(placement.instances ?? {}).map(([key, instance]) => {
        if (podOf(instance) !== pod) return [key, instance];
        const shards = instance.shards?.map((shard) => ({ ...shard, state: "INITIALIZING" }));
        return [key, { ...instance, shards }];
    });
    return {
        placement: { ...placement, instances: Object.fromEntries(instances) },
        version: version ?? 0,
        confirm: true,
    };
}
