import assert from "node:assert/strict";
import { waitFor } from "../../../support/wait.ts";
import { ask, type Point, remoteWrite } from "../../support/m3-calls.ts";
import { MiniCluster } from "./mini-cluster.ts";

const address = "127.0.0.1";
const minutes = 60_000;

/**
 * A clock that was stepped, as far as one machine can have it: all processes here share its clock, so the samples' times are moved.
 * To M3 a Prometheus that is ahead and databases that are behind look alike: both are a sample's time against the database's own.
 */
for (const coldWrites of [true, false]) {
    describe(`samples of a sender whose clock is off, ${coldWrites ? "with" : "without"} cold writes`, function () {
        this.timeout(600_000);
        const cluster = new MiniCluster();
        const namespace = { name: "default", retention: "48h", bufferPast: "20m", bufferFuture: "10m", coldWrites };

        before(() =>
            cluster.start({
                m3db: { namespaces: [namespace, { name: "metrics-10s_2d", retention: "48h", resolution: "10s" }] },
            }),
        );
        after(() => cluster.stop());

        const point = (name: string, off: number): Point => {
            return { labels: { __name__: name }, value: 1, time: Date.now() + off * minutes };
        };
        const send = (points: Point[]) => remoteWrite(address, cluster.ports.coordinator, points);
        const found = async ({ labels, time = 0 }: Point) => {
            const query = `${labels.__name__}[2m]`;
            const { status, body, result } = await ask(address, cluster.ports.coordinator, query, {}, time + minutes);
            assert.equal(status, 200, body);
            return result.length;
        };
        /** Writes are acknowledged before they are in the index. */
        const isFound = (sample: Point) =>
            waitFor({ what: `the sample of ${sample.labels.__name__}`, timeout: 60, every: 0.5 }, async () => {
                return (await found(sample)) === 1;
            });
        /** For a series that is there: the refusal tells why, and what is in the same request and is right is stored. */
        const refused = async (name: string, off: number, reason: RegExp) => {
            const before = point(name, 0);
            assert.equal((await send([before])).status, 200);
            await isFound(before);
            const [sample, beside] = [point(name, off), point(`${name}_beside`, 0)];
            const { status, body } = await send([sample, beside]);
            assert.equal(status, 400, body);
            assert.match(body, reason);
            await isFound(beside);
            assert.equal(await found(sample), 0);
        };
        /**
         * A new series is made after the answer (dbnode/storage/shard.go, insertSeriesBatch), so its sender does not hear that its first sample
         * was refused; that of the next one it does.
         */
        const dropped = async (name: string, off: number, reason: RegExp) => {
            const [sample, beside] = [point(name, off), point(`${name}_beside`, 0)];
            const first = await send([sample, beside]);
            assert.equal(first.status, 200, first.body);
            await isFound(beside);
            await waitFor({ what: `the next sample of ${name} to be refused`, timeout: 60, every: 0.5 }, async () => {
                const { status, body } = await send([sample]);
                return status === 400 && reason.test(body);
            });
            assert.equal(await found(sample), 0);
        };

        it("within bufferFuture and bufferPast they are stored at their own times", async () => {
            const samples = [point("ahead_5m", 5), point("behind_15m", -15)];
            const { status, body } = await send(samples);
            assert.equal(status, 200, body);
            for (const sample of samples) await isFound(sample);
        });

        it("an hour ahead is refused with 400: Prometheus drops it, and only it", async () => {
            await refused("ahead_1h", 60, /too far in future/);
        });

        it("an hour ahead, of a new series, is acknowledged and dropped: M3 1.5.0 does not tell its sender", async () => {
            await dropped("ahead_1h_new", 60, /too far in future/);
        });

        it(coldWrites ? "an hour behind is stored" : "an hour behind is refused, and only it", async () => {
            if (!coldWrites) {
                await refused("behind_1h", -60, /too far in past/);
                await dropped("behind_1h_new", -60, /too far in past/);
                return;
            }
            const late = point("behind_1h", -60);
            const { status, body } = await send([late]);
            assert.equal(status, 200, body);
            await isFound(late);
        });

        it("further back than the retention is refused, or of a new series dropped", async () => {
            const reason = coldWrites ? /out of retention/ : /too far in past/;
            await refused("behind_50h", -50 * 60, reason);
            await dropped("behind_50h_new", -50 * 60, reason);
        });
    });
}
