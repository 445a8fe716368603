import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { parseAction } from "../../../operations/cli/verbs/etcd.ts";
import { deleteAll, planRestore, restoreKeys, transactionsOf } from "../../../operations/etcd/change.ts";
import { type AskEtcd, byPrefix, etcdOf, heldData, type KeyValue } from "../../../operations/etcd/client.ts";
import { snapshotOf } from "../../../operations/etcd/database.ts";
import { refusal } from "../../../operations/etcd/refusal.ts";
import { snapshotName, writeSnapshot } from "../../../operations/etcd/snapshot.ts";
import { etcdStatus, statusText } from "../../../operations/etcd/status.ts";
import { databaseOf } from "./bolt-world.ts";
import { environment, healthy } from "./healthy.ts";

const pair = (key: string, value: string, lease = "0"): KeyValue => ({
    key: Buffer.from(key),
    value: Buffer.from(value),
    lease,
});
const placement = pair("_sd.placement/m3db/m3-cluster/m3db", "placement");
const namespaces = pair("_kv/m3db/m3-cluster/m3db.node.namespaces", "namespaces");
const election = pair("_ld/m3db/m3-cluster/m3aggregator/shardset/1/lock/1", "m3aggregator-0", "7169627382296337236");

const withDigest = (database: Buffer) => Buffer.concat([database, createHash("sha256").update(database).digest()]);
const world = withDigest(
    databaseOf([
        { revision: 2, ...placement, value: Buffer.from("old") },
        { revision: 3, ...namespaces },
        { revision: 4, ...pair("/topic/gone", "x") },
        { revision: 5, ...placement },
        { revision: 6, ...pair("/topic/gone", ""), deleted: true },
        { revision: 7, ...election },
    ]),
);
const streamed = (file: Buffer, size = 700) => {
    const lines: string[] = [];
    for (let at = 0; at < file.length; at += size) {
        const remaining = Math.max(file.length - at - size, 0);
        const blob = file.subarray(at, at + size).toString("base64");
        lines.push(
            `${JSON.stringify({ result: { ...(remaining ? { remaining_bytes: String(remaining) } : {}), blob } })}\n`,
        );
    }
    return lines;
};

describe("etcd's snapshot", () => {
    let folder = "";
    let file = "";
    beforeEach(async () => {
        folder = await mkdtemp(join(tmpdir(), "m3perf-etcd-"));
        file = join(folder, "etcd.db");
    });
    afterEach(() => rm(folder, { recursive: true }));

    it("is written as it comes, checked, readable by its owner only", async () => {
        await writeSnapshot(Readable.from(streamed(world)), file);
        assert.deepEqual(readFileSync(file), world);
        assert.equal(statSync(file).mode & 0o777, 0o600);
        assert.deepEqual(readdirSync(folder), ["etcd.db"]);
    });

    it("holds the last state of each key, without those deleted", async () => {
        writeFileSync(file, world);
        const { keys, revision, bytes } = snapshotOf(file);
        assert.equal(revision, 7);
        assert.equal(bytes, world.length);
        assert.deepEqual(
            keys.map(({ key, value, lease }) => [key.toString(), value.toString(), lease]),
            [namespaces, election, placement].map(({ key, value, lease }) => [key.toString(), value.toString(), lease]),
        );
    });

    const bad: [string, () => (string | Buffer)[], RegExp][] = [
        ["cut between two answers", () => streamed(world).slice(0, -1), /ended with \d+ bytes to come/],
        ["cut inside an answer", () => [streamed(world).join("").slice(0, -20)], /cut in the middle/],
        ["broken off by etcd", () => ['{"error":{"message":"no leader"}}\n'], /broke off: no leader/],
        ["empty", () => [], /all bytes to come/],
        ["without the digest", () => streamed(world.subarray(0, -32)), /without the digest/],
        [
            "with one bit changed",
            () => {
                const changed = Buffer.from(world);
                changed[5000] = (changed[5000] ?? 0) ^ 1;
                return streamed(changed);
            },
            /does not have the digest/,
        ],
        ["of something else", () => streamed(withDigest(Buffer.alloc(8192, 7))), /no whole meta page/],
    ];
    for (const [what, lines, expected] of bad) {
        it(`is refused ${what}, and leaves nothing behind`, async () => {
            await assert.rejects(writeSnapshot(Readable.from(lines()), file), expected);
            assert.deepEqual(readdirSync(folder), []);
        });
    }

    it("leaves an earlier file as it was when it fails", async () => {
        writeFileSync(file, "earlier");
        await assert.rejects(writeSnapshot(Readable.from([]), file));
        assert.equal(readFileSync(file, "utf8"), "earlier");
        assert.ok(!existsSync(`${file}.part`));
    });

    it("is named by stack and time", () => {
        assert.equal(snapshotName("dev", Date.parse("2026-11-27T18:15:00.123Z")), "etcd-dev-20261127T181500Z.db");
    });
});

describe("etcd reset and restore", () => {
    const empty = { stack: "dev", heldData: false, force: false };
    const held = { ...empty, heldData: true };
    const cases: [string, Parameters<typeof refusal>[0], RegExp | undefined][] = [
        ["reset of an empty one, named", { ...empty, action: "reset", named: "dev" }, undefined],
        ["reset of an empty one, not named", { ...empty, action: "reset" }, /was not named/],
        ["reset, named wrongly", { ...empty, action: "reset", named: "prod" }, /"prod" is not the stack's name/],
        ["reset, an empty name", { ...empty, action: "reset", named: "" }, /is not the stack's name/],
        ["reset with data", { ...held, action: "reset", named: "dev" }, /holds data/],
        ["reset with data, forced", { ...held, action: "reset", named: "dev", force: true }, undefined],
        ["reset forced, not named", { ...held, action: "reset", force: true }, /was not named/],
        ["restore into an empty one", { ...empty, action: "restore", fits: true }, undefined],
        ["restore with data", { ...held, action: "restore", fits: true }, /holds data/],
        ["restore with data, forced", { ...held, action: "restore", fits: true, force: true }, undefined],
        ["restore of another's", { ...empty, action: "restore", fits: false }, /of another one/],
        ["restore of another's, forced", { ...empty, action: "restore", fits: false, force: true }, undefined],
    ];
    for (const [what, asked, expected] of cases) {
        it(`${expected ? "refuses" : "allows"}: ${what}`, () => {
            const refused = refusal(asked);
            if (expected) assert.match(refused?.why ?? "", expected);
            else assert.equal(refused, undefined);
        });
    }

    it("holds data with a placement and namespaces of this environment, and only then", () => {
        assert.equal(heldData([placement, namespaces], environment), true);
        assert.equal(heldData([placement], environment), false);
        assert.equal(heldData([placement, { ...namespaces, value: Buffer.alloc(0) }], environment), false);
        const other = pair("_sd.placement/other/m3-cluster/m3db", "placement");
        assert.equal(heldData([other, namespaces], environment), false);
    });

    it("changes what differs, and leaves elections alone on both sides", () => {
        const there = [pair("a", "1"), pair("b", "1"), pair("extra", "1"), election];
        const wanted = [pair("a", "1"), pair("b", "2"), pair("c", "3"), pair("_ld/old", "x", "9")];
        const plan = planRestore(there, wanted);
        const names = (keys: KeyValue[]) => keys.map(({ key }) => key.toString());
        assert.deepEqual([names(plan.put), names(plan.remove), plan.same, plan.leased], [["b", "c"], ["extra"], 1, 1]);
    });

    it("leaves flush times that are there, which an aggregator goes on writing, and puts back those that are gone", () => {
        const flush = (shardSet: number, value: string) =>
            pair(`_kv/m3db/m3-cluster/shardset/${shardSet}/flush`, value);
        const plan = planRestore([flush(0, "newer")], [flush(0, "older"), flush(1, "gone"), namespaces]);
        assert.deepEqual(plan.put, [flush(1, "gone"), namespaces]);
        assert.deepEqual([plan.remove, plan.same, plan.leased, plan.flushTimes], [[], 0, 0, 1]);
        const same = planRestore([flush(0, "newer"), namespaces], [flush(0, "older"), namespaces]);
        assert.deepEqual([same.put, same.remove, same.same, same.flushTimes], [[], [], 1, 1]);
    });

    it("is one transaction where etcd takes it, and several within its limits", () => {
        const many = Array.from({ length: 150 }, (_, i) => pair(`k${i}`, "v"));
        const sizes = (put: KeyValue[]) => transactionsOf({ put, remove: [] }).map((batch) => batch.length);
        assert.deepEqual(sizes(many.slice(0, 9)), [9]);
        assert.deepEqual(sizes(many), [100, 50]);
        assert.deepEqual(sizes([pair("a", "x".repeat(700_000)), pair("b", "x".repeat(700_000))]), [1, 1]);
        assert.deepEqual(sizes([]), []);
    });

    /** An etcd that breaks off after some transactions. */
    function fakeEtcd(keys: Map<string, KeyValue>, limit = Number.POSITIVE_INFINITY) {
        let done = 0;
        const text = (base64: string) => Buffer.from(base64, "base64").toString();
        interface Operation {
            request_put?: { key: string; value: string };
            request_delete_range?: { key: string };
        }
        const ask = async (path: string, body: unknown) => {
            const header = { member_id: "1", revision: "9" };
            if (path === "/v3/kv/range") {
                const kvs = [...keys.values()].map(({ key, value, lease }) => ({
                    key: key.toString("base64"),
                    value: value.toString("base64"),
                    lease,
                }));
                return { header, kvs };
            }
            if (path === "/v3/kv/deleterange") {
                assert.deepEqual(body, { key: "AA==", range_end: "AA==" });
                const deleted = String(keys.size);
                keys.clear();
                return { header, deleted };
            }
            assert.equal(path, "/v3/kv/txn");
            if (done++ >= limit) throw new Error("connection reset");
            for (const { request_put: put, request_delete_range: gone } of (body as { success: Operation[] }).success) {
                if (put) keys.set(text(put.key), pair(text(put.key), text(put.value)));
                if (gone) keys.delete(text(gone.key));
            }
            return { header, succeeded: true };
        };
        return ask as AskEtcd;
    }

    it("comes to the same end when it is interrupted and run again", async () => {
        const wanted = Array.from({ length: 250 }, (_, i) => pair(`k${i}`, `v${i}`));
        const keys = new Map([["old", pair("old", "1")]]);
        await assert.rejects(restoreKeys(fakeEtcd(keys, 1), planRestore([...keys.values()], wanted), wanted), /reset/);
        assert.equal(keys.size, 101);
        await restoreKeys(fakeEtcd(keys), planRestore([...keys.values()], wanted), wanted);
        assert.deepEqual(planRestore([...keys.values()], wanted), {
            put: [],
            remove: [],
            same: 250,
            leased: 0,
            flushTimes: 0,
        });
    });

    it("deletes everything and says how much", async () => {
        const keys = new Map([["a", pair("a", "1")]]);
        assert.deepEqual(await deleteAll(fakeEtcd(keys)), { deleted: 1, revision: 9 });
        assert.equal(keys.size, 0);
    });
});

describe("etcd status", () => {
    const range = (fake: ReturnType<typeof healthy>) => {
        const kvs = [placement, namespaces, election].map(({ key, value }) => ({
            key: key.toString("base64"),
            value: value.toString("base64"),
        }));
        for (const name of environment.etcd.pods) {
            fake.set(fake.podPath(name, 2379, "/v3/kv/range"), { header: { revision: "120" }, kvs });
        }
    };

    it("tells members, leader and keys by prefix", async () => {
        const fake = healthy();
        range(fake);
        const status = await etcdStatus(environment, fake.context.kubernetes);
        assert.deepEqual([status.leader, status.alarms, status.problems], ["etcd-1", [], []]);
        assert.deepEqual(
            status.members.map(({ revision }) => revision),
            [120, 120, 120],
        );
        assert.deepEqual(
            status.prefixes.map(({ prefix, keys }) => [prefix, keys]),
            [
                ["_kv/", 1],
                ["_ld/", 1],
                ["_sd.placement/", 1],
            ],
        );
        assert.match(statusText(status), /etcd-1 +leader +3\.4\.23[\s\S]*_kv\/ +1 +50 B +namespaces/);
    });

    it("tells a member that is away, and asks another for what any can tell", async () => {
        const fake = healthy();
        range(fake);
        for (const path of ["/v3/maintenance/status", "/v3/kv/range", "/v3/maintenance/alarm"]) {
            fake.answers.delete(fake.podPath("etcd-0", 2379, path));
        }
        const status = await etcdStatus(environment, fake.context.kubernetes);
        assert.match(status.problems.join(), /^etcd-0: status answered 503/);
        assert.equal(status.members.length, 2);
        assert.equal(status.prefixes.length, 3);
    });

    it("groups keys that have no slash or begin with one", () => {
        const groups = byPrefix([pair("/topic/a", "1"), pair("/topic/b", "22"), pair("plain", "")]);
        assert.deepEqual(
            groups.map(({ prefix, keys, bytes }) => [prefix, keys, bytes]),
            [
                ["/topic/", 2, 19],
                ["plain", 1, 5],
            ],
        );
    });

    it("says so when nobody answers", async () => {
        const fake = healthy();
        await assert.rejects(
            etcdOf(environment, fake.context.kubernetes)("/v3/kv/range", {}),
            /no member of etcd answered[\s\S]*etcd-2/,
        );
    });

    it("takes its words as the help shows them", () => {
        assert.deepEqual(parseAction(["status"]), { action: "status" });
        assert.equal(parseAction(["restore", "/x/y.db"]).file, "/x/y.db");
        for (const words of [[], ["restore"], ["status", "x"], ["reset", "x"], ["snapshot", "a", "b"], ["toString"]]) {
            assert.throws(() => parseAction(words), /allowed: status, snapshot \[FILE\], restore FILE, reset/);
        }
    });
});
