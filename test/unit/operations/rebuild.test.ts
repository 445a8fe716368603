import assert from "node:assert/strict";
import type { ClusterHands } from "../../../operations/access/cluster-hands.ts";
import type { Placement } from "../../../operations/access/m3.ts";
import type { CheckContext } from "../../../operations/checks/check.ts";
import { rebuiltText } from "../../../operations/cli/verbs/rebuild.ts";
import { initializing, whyNot } from "../../../operations/rebuild/plan.ts";
import { rebuildReplica } from "../../../operations/rebuild/rebuild.ts";
import { environment } from "./healthy.ts";

const pods = environment.cluster.pods;
const [rep0 = "", rep1 = "", rep2 = ""] = pods;

/** As the operator names an instance where the settings give pods no other identity. */
const identityOf = (pod: string) => JSON.stringify({ name: pod });

const placementOf = (states: Record<string, string> = {}, replicaFactor = 3): Placement => ({
    placement: {
        instances: Object.fromEntries(
            pods.map((pod) => [
                identityOf(pod),
                {
                    id: identityOf(pod),
                    endpoint: `${pod}.m3dbnode-m3-cluster:9000`,
                    shards: [1, 2].map((shard) => ({ id: shard, state: states[pod] ?? "AVAILABLE" })),
                },
            ]),
        ),
        replicaFactor,
        numShards: 2,
        isSharded: true,
    },
    version: 7,
});
const ready = Object.fromEntries(pods.map((pod) => [pod, true]));

/** M3 and Kubernetes as rebuilding sees them: a deleted pod is away for some looks, and what is INITIALIZING when it comes back is streamed. */
class Cluster {
    readonly did: string[] = [];
    placement = placementOf();
    #uid = 1;
    #away = 0;
    time = 0;

    readonly hands: ClusterHands = {
        workload: async () => ({ wanted: 1, ready: 1 }),
        scale: async () => {},
        pods: async () => pods,
        deletePod: async (_, pod) => {
            this.did.push(`delete ${pod}`);
            this.#away = 2;
        },
        pod: async (_, pod) => {
            if (pod === rep1 && this.#away > 0) {
                this.#away -= 1;
                if (this.#away === 0) this.#uid += 1;
                return this.#away === 0 ? undefined : { uid: `${this.#uid}`, ready: false };
            }
            return { uid: pod === rep1 ? `${this.#uid}` : pod, ready: true };
        },
        exec: async (_, pod) => void this.did.push(`wipe ${pod}`),
        until: async (what, _, look) => {
            this.did.push(`wait for ${what}`);
            this.placement = placementOf();
            assert.ok(await look());
        },
    };

    get context(): CheckContext {
        return {
            environment,
            kubernetes: {
                pod: async (
                    _: string,
                    name: string,
                    __: number,
                    path: string,
                    { method, body }: { method?: string; body?: unknown } = {},
                ) => {
                    if (method === "POST") {
                        this.did.push(`${path} by ${name}`);
                        this.placement = body as Placement;
                    }
                    return { status: 200, body: JSON.stringify(this.placement) };
                },
            } as unknown as CheckContext["kubernetes"],
            nodePort: async () => assert.fail(),
            now: () => (this.time += 1000),
            pause: async () => {},
        };
    }
}

describe("rebuild a replica", () => {
    it("deletes its data, makes its shards INITIALIZING while it is away, and waits for all of them", async () => {
        const cluster = new Cluster();
        let asked: unknown;
        const post = cluster.hands.until;
        cluster.hands.until = async (...words) => {
            asked = cluster.placement;
            return post(...words);
        };
        const rebuilt = await rebuildReplica(rep1, { context: cluster.context, cluster: cluster.hands, limit: 60 });
        assert.deepEqual(cluster.did, [
            `wipe ${rep1}`,
            `delete ${rep1}`,
            `/api/v1/services/m3db/placement/set by ${rep0}`,
            `wait for every shard of ${rep1} to be AVAILABLE`,
        ]);
        assert.deepEqual(asked, initializing(placementOf(), rep1));
        assert.deepEqual([rebuilt.pod, rebuilt.shards, rebuilt.resumed], [rep1, 2, false]);
        assert.ok(rebuilt.seconds > 0);
    });

    it("gives M3 the placement of the moment, should another have come while the pod ended", async () => {
        const cluster = new Cluster();
        const { deletePod } = cluster.hands;
        cluster.hands.deletePod = async (...words) => {
            await deletePod(...words);
            cluster.placement = { ...placementOf(), version: 8 };
        };
        let version: unknown;
        const { until } = cluster.hands;
        cluster.hands.until = async (...words) => {
            version = cluster.placement.version;
            return until(...words);
        };
        await rebuildReplica(rep1, { context: cluster.context, cluster: cluster.hands, limit: 60 });
        assert.equal(version, 8, "M3 refuses a version that has passed, and the data has gone by then");
    });

    it("is not over before the pod is Ready", async () => {
        const cluster = new Cluster();
        const { pod } = cluster.hands;
        const looks: boolean[] = [];
        cluster.hands.until = async (_, __, look) => {
            cluster.placement = placementOf();
            cluster.hands.pod = async () => ({ uid: "2", ready: false });
            looks.push((await look()) === true);
            cluster.hands.pod = pod;
            looks.push((await look()) === true);
        };
        await rebuildReplica(rep1, { context: cluster.context, cluster: cluster.hands, limit: 60 });
        assert.deepEqual(looks, [false, true]);
    });

    it("goes on with one that was begun, and deletes nothing again", async () => {
        const cluster = new Cluster();
        cluster.placement = placementOf({ [rep1]: "INITIALIZING" });
        const { resumed } = await rebuildReplica(rep1, { context: cluster.context, cluster: cluster.hands, limit: 60 });
        assert.equal(resumed, true);
        assert.deepEqual(cluster.did, [`wait for every shard of ${rep1} to be AVAILABLE`]);
    });

    it("changes nothing where the others have not everything", async () => {
        const cluster = new Cluster();
        cluster.placement = placementOf({ [rep2]: "INITIALIZING" });
        const asked = rebuildReplica(rep1, { context: cluster.context, cluster: cluster.hands, limit: 60 });
        await assert.rejects(
            asked,
            /is not rebuilt; nothing was changed\n.*rep2-0 has 2 shards that are not AVAILABLE/,
        );
        assert.deepEqual(cluster.did, []);
    });

    it("says why not: an unknown pod, others that are away, too few replicas", () => {
        const seen = { placement: placementOf(), ready };
        assert.equal(whyNot(seen, rep1), undefined);
        assert.match(whyNot(seen, "m3-cluster-rep9-0")?.what ?? "", /is no instance/);
        assert.match(whyNot({ ...seen, ready: { ...ready, [rep0]: false } }, rep1)?.what ?? "", /rep0-0 is not Ready/);
        assert.equal(whyNot({ ...seen, ready: { ...ready, [rep1]: false } }, rep1), undefined);
        for (const factor of [1, 2]) {
            const few = whyNot({ ...seen, placement: placementOf({}, factor) }, rep1);
            assert.match(few?.what ?? "", new RegExp(`has ${factor} of each shard`));
        }
    });

    it("the placement that M3 is given differs in that instance's states alone", () => {
        const before = placementOf();
        const asked = initializing(before, rep1) as Placement & { confirm: boolean };
        assert.deepEqual([asked.version, asked.confirm], [7, true]);
        assert.deepEqual(asked.placement, placementOf({ [rep1]: "INITIALIZING" }).placement);
        assert.deepEqual(before, placementOf());
    });

    it("tells what was done, and what to do where something is lacking", () => {
        const rebuilt = { pod: rep1, shards: 64, seconds: 71, resumed: false };
        const well = rebuiltText(rebuilt, { ok: true, evidence: "36 series: all copies have the same samples" });
        assert.equal(
            well,
            `${rep1}: 64 shards from its peers in 71 s.\n  seen: 36 series: all copies have the same samples\n`,
        );
        const lacking = rebuiltText(rebuilt, { ok: false, evidence: ["a hole"], cause: "", next: "" });
        assert.match(lacking, /next: m3perf rebuild m3-cluster-rep1-0 again/);
    });
});
