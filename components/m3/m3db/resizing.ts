import type { M3State, Placement } from "../../nodes/roll/m3-state.ts";
import { askPatiently, untilNothingIsMissing } from "../../nodes/roll/waiting.ts";
import type { RollInput, RollSides, SetState } from "./roll-sides.ts";

/** Seconds: nothing has moved for so long before the operator is woken, and from one wake-up to the next. */
export interface WakePace {
    idle: number;
    again: number;
}
const wakePace: WakePace = { idle: 6, again: 30 };

/** How far the operator has come, and what is still to be done. */
interface Size {
    /** As many pods and instances as are asked for; undefined: nobody tells. */
    right: boolean | undefined;
    /** What is still to come, until all shards are where they belong. */
    missing: string[];
    /** Other than before: something has moved. A pod that comes and goes is no progress. Empty: nobody tells. */
    seen: string;
    /** All that there is serves and owns its shards: the next step is the operator's. */
    idle: boolean;
}

/**
 * Waits until the cluster has as many instances as the M3DBCluster asks for, each with its shards. The operator adds and removes one at
 * a time and goes on at the next event or its resync, five minutes later (facts.md 4: it requeues nothing); that shards have
 * arrived is no event, so it is woken then. Throws UserError when nothing moves for `limits.back`.
 */
export async function resize(
    input: Pick<RollInput, "sets" | "limits" | "namespace">,
    sides: RollSides,
    pace = wakePace,
): Promise<void> {
    // A cluster that is only being made has events enough, and others wait for it (Setup).
    if (!(await askPatiently(sides, () => sides.cluster.placed()))) return;
    const title = "the cluster does not come to the number of instances that the M3DBCluster asks for";
    const next = `kubectl -n ${input.namespace} get pods -l operator.m3db.io/app=m3db; then run this again: it goes on from here`;
    const waker = new Waker(sides, pace);
    let size = await askPatiently(sides, () => look(input, sides));
    // Shards of a cluster that has its size are the roll's business, as is one that tells of no placement.
    if (size.right !== false) return;
    sides.say("the number of instances changes, one at a time:");
    while (size.missing.length > 0) {
        const before = size.seen;
        await untilNothingIsMissing(sides, input.limits.back, { title, next }, async () => {
            size = await look(input, sides);
            if (size.missing.length === 0 || (size.seen !== "" && size.seen !== before)) return [];
            await waker.wake(size.idle);
            return size.missing;
        });
    }
}

async function look({ sets }: Pick<RollInput, "sets">, { cluster }: RollSides): Promise<Size> {
    const [state, found] = await Promise.all([cluster.m3(), Promise.all(sets.map((name) => cluster.set(name)))]);
    // Deleted meanwhile: there is nothing to wait for.
    return state ? sizeOf(state, found) : { right: undefined, missing: [], seen: "", idle: false };
}

/** Pure. */
export function sizeOf({ replicas, placement }: M3State, sets: (SetState | undefined)[]): Size {
    if ("problem" in placement)
        return { right: undefined, missing: [`the placement: ${placement.problem}`], seen: "", idle: false };
    const wanted = replicas.length;
    const pods = sets.reduce((sum, set) => sum + (set?.replicas ?? 0), 0);
    const ready = sets.every((set) => set !== undefined && set.ready === set.replicas);
    const { instances, moving } = placed(placement);
    const missing = [
        ...(pods === wanted ? [] : [`${pods} database pods instead of ${wanted}`]),
        ...(instances === wanted ? [] : [`${instances} instances in the placement instead of ${wanted}`]),
        ...(moving > 0 ? [`${moving} shards are on their way`] : []),
    ];
    return {
        right: pods === wanted && instances === wanted,
        missing,
        seen: `${pods} ${instances} ${moving}`,
        idle: ready && moving === 0,
    };
}

function placed({ instances = {} }: Placement): { instances: number; moving: number } {
    const all = Object.values(instances);
    const shards = all.flatMap(({ shards = [] }) => shards);
    return { instances: all.length, moving: shards.filter(({ state }) => state !== "AVAILABLE").length };
}

/** Each event of a failed sync doubles the time that the operator waits (client-go's rate limiter): no more than needed. */
class Waker {
    private idleSince: number | undefined;
    private woken = Number.NEGATIVE_INFINITY;
    private readonly sides: RollSides;
    private readonly pace: WakePace;

    constructor(sides: RollSides, pace: WakePace) {
        this.sides = sides;
        this.pace = pace;
    }

    async wake(idle: boolean): Promise<void> {
        const now = this.sides.now();
        if (!idle) {
            this.idleSince = undefined;
            return;
        }
        this.idleSince ??= now;
        if (now - this.idleSince < this.pace.idle || now - this.woken < this.pace.again) return;
        this.woken = now;
        await this.sides.cluster.wake();
    }
}
