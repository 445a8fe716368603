import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { reset, restore } from "../../../operations/cli/verbs/etcd.ts";
import type { Values } from "../../../operations/cli/verbs.ts";
import type { KeyValue } from "../../../operations/etcd/client.ts";
import { snapshotOf } from "../../../operations/etcd/database.ts";
import type { Reached } from "../../../operations/stack/reach.ts";
import type { Progress } from "../../../support/progress.ts";
import { databaseOf } from "./bolt-world.ts";
import { environment } from "./healthy.ts";

const pair = (key: string, value: string): KeyValue => ({
    key: Buffer.from(key),
    value: Buffer.from(value),
    lease: "0",
});
const placement = pair("_sd.placement/m3db/m3-cluster/m3db", "placement");
const namespaces = pair("_kv/m3db/m3-cluster/m3db.node.namespaces", "namespaces");
const database = databaseOf([placement, namespaces].map((one, index) => ({ revision: index + 2, ...one })));
const file = Buffer.concat([database, createHash("sha256").update(database).digest()]);

const progress: Progress = { timings: [], plan: () => {}, say: () => {}, step: (_title, work) => work(() => {}) };

/** etcd by its HTTP, with what was asked of it in order; `taken`: what it answers to a transaction. */
function etcd(there: KeyValue[], taken = true) {
    const asked: string[] = [];
    const base64 = ({ key, value }: KeyValue) => ({ key: key.toString("base64"), value: value.toString("base64") });
    const reached = {
        environment,
        session: { stack: "dev", lab: "lab" },
        kubernetes: {
            pod: async (_: string, __: string, ___: number, path: string) => {
                asked.push(path);
                const header = { revision: "9" };
                if (path === "/v3/kv/range") {
                    const kvs = asked.includes("/v3/kv/txn") ? [placement, namespaces] : there;
                    return { status: 200, body: JSON.stringify({ header, kvs: kvs.map(base64) }) };
                }
                return { status: 200, body: JSON.stringify({ header, succeeded: taken, deleted: `${there.length}` }) };
            },
        },
        stream: async (path: string) => {
            asked.push(path.replace(/.*\/proxy/, ""));
            const line = `${JSON.stringify({ result: { blob: file.toString("base64") } })}\n`;
            return { status: 200, body: Readable.from([Buffer.from(line)]) as unknown as IncomingMessage };
        },
    } as unknown as Reached;
    return { asked, reached };
}

describe("etcd restore and reset, from the command on", () => {
    const state = process.env.M3PERF_STATE;
    const folder = mkdtempSync(join(tmpdir(), "m3perf-etcd-"));
    const source = join(folder, "wanted.snapshot");
    const { write } = process.stdout;
    before(() => {
        process.env.M3PERF_STATE = folder;
        writeFileSync(source, file);
    });
    beforeEach(() => rmSync(join(folder, "etcd"), { recursive: true, force: true }));
    after(() => {
        if (state === undefined) delete process.env.M3PERF_STATE;
        else process.env.M3PERF_STATE = state;
        rmSync(folder, { recursive: true });
    });
    const quietly = async (work: () => Promise<number>) => {
        process.stdout.write = () => true;
        return await work().finally(() => (process.stdout.write = write));
    };
    const kept = () => readdirSync(folder, { recursive: true }).filter((name) => String(name).endsWith(".db"));
    const put = (values: Values, { reached }: ReturnType<typeof etcd>) =>
        quietly(() => restore(values, reached, progress, snapshotOf(source)));

    it("restore onto a cluster that holds data is refused before anything but a look", async () => {
        const other = { ...placement, value: Buffer.from("another placement") };
        const full = etcd([other, namespaces]);
        await assert.rejects(put({}, full), /etcd restore is refused; nothing was changed\n.*holds data/);
        assert.deepEqual([full.asked, kept()], [["/v3/kv/range"], []]);
    });

    it("what was there is kept before the first change, also by force", async () => {
        const other = { ...placement, value: Buffer.from("another placement") };
        for (const [there, values] of [
            [[], {}],
            [[other, namespaces], { force: true }],
        ] as const) {
            const world = etcd([...there]);
            assert.equal(await put(values, world), 0);
            const order = ["/v3/kv/range", "/v3/maintenance/snapshot", "/v3/kv/txn", "/v3/kv/range"];
            assert.deepEqual(world.asked, order);
        }
        assert.ok(kept().length > 0);
    });

    it("what is the same already is not written, nor is anything kept", async () => {
        const same = etcd([placement, namespaces]);
        assert.equal(await put({}, same), 0);
        assert.deepEqual([same.asked, kept()], [["/v3/kv/range"], []]);
    });

    it("a transaction that etcd does not take is no success", async () => {
        await assert.rejects(put({}, etcd([], false)), /did not take a transaction/);
    });

    it("reset is refused where there is data or the name is not said, and keeps all before it deletes", async () => {
        const full = etcd([placement, namespaces]);
        const name = { "yes-i-mean": "dev" };
        const again = (values: Values) => quietly(() => reset(values, full.reached, progress));
        await assert.rejects(again(name), /etcd reset is refused; nothing was changed\n.*holds data/);
        await assert.rejects(
            again({ force: true, "yes-i-mean": "prod" }),
            /etcd reset is refused; nothing was changed/,
        );
        assert.deepEqual([full.asked, kept()], [["/v3/kv/range", "/v3/kv/range"], []]);
        full.asked.length = 0;
        assert.equal(await again({ force: true, ...name }), 0);
        assert.deepEqual(full.asked, ["/v3/kv/range", "/v3/maintenance/snapshot", "/v3/kv/deleterange"]);
        assert.equal(kept().length, 1);
    });
});
