import assert from "node:assert/strict";
import type { HttpRequest } from "../../../operations/access/http.ts";
import { type Isolation, type Probe, probeIsolation } from "../../../operations/isolation/probe.ts";
import { foreignSeries, posedSamples, unseenSeries } from "../../../operations/scenarios/judge/index.ts";
import { judge } from "../../../operations/scenarios/judge/objective.ts";
import type { RunData } from "../../../operations/scenarios/types.ts";
import { decode, literals } from "../../support/remote-write.ts";
import { planOf } from "../agent/load/plans.ts";
import { run as planted } from "../scenarios/planted.ts";

const plan = planOf({ series: 100, tenants: 2, tokens: 2 });
const identities: Probe["identities"] = [
    { name: "eu-1", labels: { cluster: "eu-1" }, token: "eu", reads: "own", writes: true },
    { name: "us-1", labels: { cluster: "us-1" }, token: "us", reads: "own", writes: true },
    { name: "operator", labels: {}, token: "all", reads: "all", writes: false },
];

/** A gateway before M3 with 50 series of each; each of its duties can be left undone. */
function gateway({ restricts = true, stamps = true, keeps = 50 } = {}) {
    const stored: Record<string, string>[] = [];
    const series = ["eu", "us"].map((token, tenant) => ({
        token,
        metric: { tenant: `tenant-${tenant}` },
        count: keeps,
    }));
    return async (path: string, { headers = {}, query = {}, body }: HttpRequest) => {
        const token = headers.Authorization?.replace("Bearer ", "") ?? "";
        const who = identities.find((one) => one.token === token);
        if (!who) return { status: 401, body: "" };
        if (path.endsWith("/write")) {
            if (!who.writes) return { status: 403, body: "" };
            for (const { labels } of decode(literals(body as Buffer)))
                stored.push({ ...labels, ...(stamps ? who.labels : {}) });
            return { status: 200, body: "" };
        }
        const all = who.reads === "all" || !restricts;
        const result = query.query?.startsWith("count")
            ? series
                  .filter((one) => all || one.token === token)
                  .map(({ metric, count }) => ({ metric, value: [0, String(count)] }))
            : stored.map((metric) => ({ metric, value: [0, "1"] }));
        return { status: 200, body: JSON.stringify({ status: "success", data: { resultType: "vector", result } }) };
    };
}

const probe = (call: Probe["call"]) => probeIsolation({ identities, plan, call, now: () => 1_800_000_000_000 });
function verdicts(isolation?: Isolation) {
    const run: RunData = planted();
    const objectives = [foreignSeries.is(0), unseenSeries.is(0), posedSamples.is(0)];
    return judge(objectives, { ...run, run: { ...run.run, ...(isolation && { isolation }) } });
}

describe("isolation of identities", () => {
    it("holds where each sees all of its own and nothing else, and is stored under its own name whatever it says", async () => {
        const found = await probe(gateway());
        assert.deepEqual(
            found.readers.map(({ identity, own, ownSeen, foreignSeen }) => [identity, own, ownSeen, foreignSeen]),
            [
                ["eu-1", 50, 50, 0],
                ["us-1", 50, 50, 0],
                ["operator", 100, 100, 0],
            ],
        );
        assert.deepEqual(found.posers, [
            { identity: "eu-1", as: "us-1", status: 200, under: "eu-1" },
            { identity: "us-1", as: "eu-1", status: 200, under: "us-1" },
        ]);
        const held = verdicts(found);
        assert.deepEqual(
            held.map(({ ok }) => ok),
            [true, true, true],
        );
        assert.equal(held[0]?.measured, "none, by eu-1 and us-1");
        assert.equal(held[2]?.measured, "eu-1 as us-1: stored as eu-1; us-1 as eu-1: stored as us-1");
    });

    it("does not where a gateway shows one the other's series, stores a sample as it says, or hides what is its own", async () => {
        const seen = verdicts(await probe(gateway({ restricts: false })));
        assert.deepEqual([seen[0]?.ok, seen[0]?.measured], [false, "eu-1 sees 50, us-1 sees 50"]);
        const posed = verdicts(await probe(gateway({ stamps: false })));
        assert.deepEqual([posed[2]?.ok, posed[2]?.value], [false, 2]);
        const hidden = verdicts(await probe(gateway({ keeps: 40 })));
        assert.deepEqual([hidden[1]?.ok, hidden[1]?.value], [false, 40]);
    });

    it("is not held where nobody was asked, and is refused where nobody could tell", async () => {
        assert.ok(verdicts().every(({ ok, value }) => ok === false && value === null));
        const two = identities.filter(({ name }) => name !== "operator");
        const asked = probeIsolation({ identities: two, plan, call: gateway(), now: () => 0 });
        await assert.rejects(asked, /2 identities write, and none reads all/);
    });
});
