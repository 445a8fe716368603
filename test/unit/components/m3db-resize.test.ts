import assert from "node:assert/strict";
import { resize, sizeOf } from "../../../components/m3/m3db/resizing.ts";
import type { ClusterSide, RollSides, SetState } from "../../../components/m3/m3db/roll-sides.ts";
import type { M3State } from "../../../components/nodes/roll/m3-state.ts";

const names = ["c-rep0", "c-rep1", "c-rep2"];
const input = { namespace: "m3db", sets: names, limits: { safe: 0.1, back: 0.2 } };

/**
 * Three groups under an operator that does one step at each event: a pod more or less, or an instance more or less in the
 * placement, whose shards then move by themselves, which is no event.
 */
class SizeWorld {
    wanted: number;
    readonly pods: number[];
    readonly placed: number[];
    readonly lines: string[] = [];
    moving = 0;
    woken = 0;
    initialized = true;
    /** An operator that is down. */
    deaf = false;
    /** Pods that are Ready at every second look. */
    flapping = false;
    private looks = 0;

    constructor(now: number, wanted: number) {
        this.wanted = wanted;
        this.pods = names.map(() => now);
        this.placed = names.map(() => now);
    }

    private step(): void {
        if (this.moving > 0 || this.deaf) return;
        for (const index of names.keys()) {
            const [pods = 0, placed = 0] = [this.pods[index], this.placed[index]];
            if (placed < pods && placed < this.wanted) {
                this.placed[index] = placed + 1;
                this.moving = 32;
                return;
            }
            if (placed > this.wanted) {
                this.placed[index] = placed - 1;
                this.moving = 32;
                return;
            }
            if (pods !== this.wanted) {
                this.pods[index] = pods < this.wanted ? pods + 1 : placed;
                return;
            }
        }
    }

    state(): M3State {
        const pods = names.flatMap((name) => Array.from({ length: this.wanted }, (_, index) => `${name}-${index}`));
        const ids = names.flatMap((name, group) =>
            Array.from({ length: this.placed[group] ?? 0 }, (_, index) => `${name}-${index}`),
        );
        const shards = (first: boolean) =>
            Array.from({ length: 64 }, (_, shard) => ({
                state: first && shard < this.moving ? "INITIALIZING" : "AVAILABLE",
            }));
        return {
            etcd: [],
            replicas: pods.map((name) => ({ name, node: "n", problem: undefined })),
            placement: {
                instances: Object.fromEntries(ids.map((id, index) => [id, { id, shards: shards(index === 0) }])),
                replicaFactor: 3,
            },
        };
    }

    get sides(): RollSides {
        const set = (name: string): SetState => {
            const replicas = this.pods[names.indexOf(name)] ?? 0;
            this.looks += 1;
            const ready = this.flapping && this.looks % 2 === 0 ? replicas - 1 : replicas;
            return { name, uid: name, container: {}, allowed: false, replicas, ready, updated: true };
        };
        const cluster: Pick<ClusterSide, "placed" | "m3" | "set" | "wake"> = {
            placed: async () => this.initialized,
            m3: async () => {
                this.moving = Math.max(0, this.moving - 8);
                return this.state();
            },
            set: async (name) => set(name),
            wake: async () => {
                this.woken += 1;
                this.step();
            },
        };
        return {
            cluster: cluster as ClusterSide,
            say: (line) => this.lines.push(line),
            signal: new AbortController().signal,
            pace: { every: 0.001, linger: 0, patience: 0.1 },
            now: () => performance.now() / 1000,
        };
    }
}

const pace = { idle: 0.002, again: 0.002 };

describe("more and fewer database instances", () => {
    it("nothing to do where the size is right: nobody is woken, nothing is said", async () => {
        const world = new SizeWorld(2, 2);
        await resize(input, world.sides, pace);
        assert.deepEqual([world.woken, world.lines], [0, []]);
    });

    it("a cluster that is only being made is left to the operator", async () => {
        const world = new SizeWorld(0, 1);
        world.initialized = false;
        await resize(input, world.sides, pace);
        assert.equal(world.woken, 0);
    });

    for (const [now, wanted] of [
        [1, 2],
        [2, 1],
        [1, 3],
    ] as const) {
        it(`${now} → ${wanted} in each group: woken at each step, not while shards move`, async () => {
            const world = new SizeWorld(now, wanted);
            await resize(input, world.sides, pace);
            assert.deepEqual(world.pods, [wanted, wanted, wanted]);
            assert.deepEqual(world.placed, [wanted, wanted, wanted]);
            assert.equal(world.moving, 0, "shards still move");
            // One for each pod, one for each instance.
            assert.equal(world.woken, 3 * 2 * Math.abs(wanted - now));
            assert.match(world.lines.join("\n"), new RegExp(`instances in the placement instead of ${3 * wanted}`));
        });
    }

    it("an operator that does nothing: an error for people, with what is missing", async () => {
        const world = new SizeWorld(1, 2);
        world.deaf = true;
        await assert.rejects(
            resize(input, world.sides, pace),
            /does not come to the number of instances.*3 database pods instead of 6.*kubectl -n m3db get pods/s,
        );
    });

    it("pods that come and go are no progress: the wait has its limit all the same", async () => {
        const world = new SizeWorld(1, 2);
        Object.assign(world, { deaf: true, flapping: true });
        await assert.rejects(resize(input, world.sides, pace), /does not come to the number of instances/);
    });

    it("is not idle while a pod is not Ready or a StatefulSet is missing", () => {
        const world = new SizeWorld(1, 2);
        const ready: SetState = {
            name: "c",
            uid: "",
            container: {},
            allowed: false,
            replicas: 2,
            ready: 2,
            updated: true,
        };
        assert.equal(sizeOf(world.state(), [ready]).idle, true);
        assert.equal(sizeOf(world.state(), [{ ...ready, ready: 1 }]).idle, false);
        assert.equal(sizeOf(world.state(), [undefined]).idle, false);
        const untold = { ...world.state(), placement: { problem: "no database pod runs" } };
        assert.deepEqual(sizeOf(untold, [ready]).missing, ["the placement: no database pod runs"]);
    });
});
