import assert from "node:assert/strict";
import { nanosecondsOf } from "../../../operations/access/m3.ts";
import { parseMetrics } from "../../../operations/access/prometheus.ts";
import { differences, writeAndRead } from "../../../operations/checks/data.ts";
import { remoteRead, seriesArrive } from "../../../operations/checks/prometheus.ts";
import { queueState, remoteWrite } from "../../../operations/checks/remote-write.ts";
import { environment, healthy, now } from "./healthy.ts";

const prometheus = "/api/v1/namespaces/monitoring/services/prometheus-server:80/proxy";
const configWith = (text: string) => ({ data: { yaml: text } });
const { remoteReadUrl, remoteWriteUrl } = environment.prometheus;

describe("the data check", () => {
    const time = 1000;
    const series = (checkout: string, values: [number, string][]) => ({ metric: { checkout }, values });

    it("accepts the three values at their time, beside earlier ones", () => {
        const result = [
            series("1", [
                [990, "3347.26"],
                [time, "3347.26"],
            ]),
            series("2", [[time, "3347.44"]]),
            series("3", [[time, "3347.55"]]),
        ];
        assert.deepEqual(differences({ status: "success", data: { resultType: "matrix", result } }, time), []);
    });

    it("names a point that is missing, one of another time and one of another value", () => {
        const result = [series("2", [[time - 10, "3347.44"]]), series("3", [[time, "3347.5"]])];
        assert.deepEqual(differences({ status: "success", data: { resultType: "matrix", result } }, time), [
            "checkout 1: nothing at 1000",
            "checkout 2: nothing at 1000, only 3347.44 at 990",
            "checkout 3: 3347.5 instead of 3347.55",
        ]);
    });

    it("tells a refused write from a failed read", async () => {
        const refused = healthy();
        refused.ports.set("32555 /api/v1/json/write", {
            status: 500,
            body: "unaggregated namespace is not yet initialized",
        });
        const write = await writeAndRead.run(refused.context);
        assert.ok(!write.ok);
        assert.match(write.evidence[0] ?? "", /answered 500: unaggregated namespace/);
        assert.match(write.next, /deployment\/m3coordinator/);

        const lost = healthy();
        lost.ports.set("32555 /api/v1/json/write", { status: 200, body: "{}" }); // as m3query does: 200, and dropped
        const read = await writeAndRead.run(lost.context);
        assert.ok(!read.ok);
        assert.match(read.next, /deployment\/m3query/);
    });

    it("asks another node when the first does not answer", async () => {
        const fake = healthy();
        const { nodePort } = fake.context;
        fake.context.nodePort = (address, ...rest) =>
            address === "10.0.0.5" ? Promise.reject(new Error("no route")) : nodePort(address, ...rest);
        assert.equal((await writeAndRead.run(fake.context)).ok, true);
    });
});

describe("the Prometheus checks", () => {
    it("see a Prometheus that writes elsewhere", async () => {
        const fake = healthy();
        fake.answers.set(`${prometheus}/metrics`, { status: 200, body: "up 1\n" });
        fake.set(`${prometheus}/api/v1/status/config`, configWith("remote_write: [{url: http://elsewhere/write}]"));
        const verdict = await remoteWrite.run(fake.context);
        assert.ok(!verdict.ok);
        assert.match(verdict.evidence[0] ?? "", /writes to http:\/\/elsewhere\/write, not to http:\/\/m3coordinator/);
    });

    it("see a queue that falls behind, and samples that M3 refuses", async () => {
        const metrics = (failed: number, sent: string) =>
            [
                `prometheus_remote_storage_samples_total{url="${remoteWriteUrl}"} 1000`,
                `prometheus_remote_storage_samples_failed_total{url="${remoteWriteUrl}"} ${failed}`,
                "prometheus_remote_storage_highest_timestamp_in_seconds 1000",
                `prometheus_remote_storage_queue_highest_sent_timestamp_seconds{url="${remoteWriteUrl}"} ${sent}`,
            ].join("\n");
        const of = async (body: string) => {
            const fake = healthy();
            fake.answers.set(`${prometheus}/metrics`, { status: 200, body });
            const verdict = await remoteWrite.run(fake.context);
            return verdict.ok ? "ok" : verdict.cause;
        };
        assert.equal(await of(metrics(0, "999")), "ok");
        assert.match(await of(metrics(0, "900")), /too slow/);
        assert.match(await of(metrics(50, "999")), /refuses/);
    });

    it("see a job whose series do not arrive, and one whose series stopped", async () => {
        const fake = healthy();
        fake.ports.set("32558 /api/v1/query", {
            status: 200,
            body: JSON.stringify({
                data: { result: [{ metric: { job: "m3db" }, value: [0, String(now / 1000 - 600)] }] },
            }),
        });
        const verdict = await seriesArrive.run(fake.context);
        assert.ok(!verdict.ok);
        assert.deepEqual(verdict.evidence, [
            "job m3db: newest sample in M3 is 600 s old",
            "job prometheus: nothing in M3",
        ]);
    });

    it("look in M3 for the series of this Prometheus alone", async () => {
        const fake = healthy();
        let asked = "";
        const answer = fake.ports.get("32558 /api/v1/query");
        fake.ports.set("32558 /api/v1/query", (request) => {
            asked = request.query?.query ?? "";
            return typeof answer === "function" ? answer(request) : { status: 500, body: "" };
        });
        assert.equal((await seriesArrive.run(fake.context)).ok, true);
        assert.equal(asked, 'max by (job) (timestamp(up{cluster="lab"}))');
    });

    it("see a remote read that is not set, and one that leaves recent ranges to Prometheus itself", async () => {
        const none = healthy();
        none.set(`${prometheus}/api/v1/status/config`, configWith(""));
        const unset = await remoteRead.run(none.context);
        assert.ok(!unset.ok);
        assert.match(unset.evidence[0] ?? "", /reads from nowhere/);

        const own = healthy();
        own.set(`${prometheus}/api/v1/status/config`, configWith(`remote_read: [{url: "${remoteReadUrl}"}]`));
        own.set(`${prometheus}/api/v1/query`, { data: { result: [] } });
        const local = await remoteRead.run(own.context);
        assert.ok(!local.ok);
        assert.match(local.cause, /no read_recent/);
    });

    it("ask no more than the configuration of a remote read that is meant for old ranges alone, and say so", async () => {
        const fake = healthy();
        fake.context.environment.prometheus.readRecent = false;
        fake.set(`${prometheus}/api/v1/status/config`, configWith(`remote_read: [{url: "${remoteReadUrl}"}]`));
        fake.set(`${prometheus}/api/v1/query`, { data: { result: [] } });
        const verdict = await remoteRead.run(fake.context);
        assert.ok(verdict.ok);
        assert.match(
            verdict.evidence,
            /configuration reads from http:\/\/m3query\S+; with readRecent false nothing was read/,
        );

        fake.set(`${prometheus}/api/v1/status/config`, configWith(""));
        const unset = await remoteRead.run(fake.context);
        assert.ok(!unset.ok);
        assert.match(unset.evidence[0] ?? "", /reads from nowhere/);
    });
});

describe("reading answers", () => {
    it("parses a Prometheus exposition", () => {
        assert.deepEqual(parseMetrics('# TYPE a counter\na{b="c,d\\"e",f="g"} 1.5e+03\nb 2 1700000000\n\nc{} NaN'), [
            { name: "a", labels: { b: 'c,d\\"e', f: "g" }, value: 1500 },
            { name: "b", labels: {}, value: 2 },
            { name: "c", labels: {}, value: Number.NaN },
        ]);
        assert.equal(queueState(parseMetrics("up 1"), remoteWriteUrl), undefined);
    });

    it("reads Go durations", () => {
        assert.equal(nanosecondsOf("48h"), 172800e9);
        assert.equal(nanosecondsOf("1m30s"), 90e9);
        assert.equal(nanosecondsOf("500ms"), 5e8);
        assert.equal(nanosecondsOf("48h0m0s"), 172800e9);
    });
});
