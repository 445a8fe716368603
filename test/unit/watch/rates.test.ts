import assert from "node:assert/strict";
import { bucketsOf, pick, sumOf } from "../../../operations/watch/exposition.ts";
import { quantileOf, Rates, ratesBetween } from "../../../operations/watch/rates.ts";
import {
    aggregatorTelling,
    apiTelling,
    dbnodeTelling,
    etcdTelling,
} from "../../../operations/watch/sources/figures.ts";
import {
    countersOf,
    remoteWriteFigures,
    remoteWriteSource,
    toM3,
} from "../../../operations/watch/sources/remote-write.ts";
import { environment } from "../operations/healthy.ts";

describe("watch: rates", () => {
    it("are what a counter grew by in a second, from the second look on", () => {
        const rates = new Rates();
        assert.equal(rates.update("a", 1000, { n: 10 }), undefined);
        assert.deepEqual(rates.update("a", 3000, { n: 50 }), { n: 20 });
        assert.equal(rates.update("a", 3000, { n: 60 }), undefined, "no time has passed");
        assert.equal(rates.update("b", 4000, { n: 1 }), undefined, "another process has counters of its own");
    });

    it("begin anew where a clock went back", () => {
        const rates = new Rates();
        rates.update("a", 9000, { n: 10 });
        assert.equal(rates.update("a", 1000, { n: 50 }), undefined);
        assert.deepEqual(rates.update("a", 3000, { n: 90 }), { n: 20 });
    });

    it("are never negative: a counter that fell began again, and all of its process with it", () => {
        const before = { at: 0, counters: { samples: 1000, errors: 2 } };
        const after = { at: 10_000, counters: { samples: 300, errors: 5 } };
        assert.deepEqual(ratesBetween(before, after), { samples: 30, errors: 0.5 });
    });

    it("count a series that is new from zero", () => {
        assert.deepEqual(ratesBetween({ at: 0, counters: {} }, { at: 2000, counters: { errors: 4 } }), { errors: 2 });
    });

    it("forget processes that are gone", () => {
        const rates = new Rates();
        rates.update("a", 0, { n: 1 });
        rates.keep(["b"]);
        assert.equal(rates.update("a", 1000, { n: 5 }), undefined);
    });

    it("give quantiles as histogram_quantile does", () => {
        const buckets = new Map([
            [0.1, 50],
            [0.5, 90],
            [Number.POSITIVE_INFINITY, 100],
        ]);
        assert.equal(quantileOf(0.5, buckets), 0.1);
        assert.equal(quantileOf(0.7, buckets), 0.1 + 0.4 * (20 / 40));
        assert.equal(quantileOf(0.99, buckets), 0.5, "beyond the last bound nothing more is known");
        assert.equal(quantileOf(0.5, new Map([[1, 0]])), null);
        assert.equal(quantileOf(0.5, new Map()), null);
    });
});

const page = (lines: string[]) => ["# HELP a b", "# TYPE a counter", ...lines, ""].join("\n");

describe("watch: metrics pages", () => {
    it("are read by name, without the series of others", () => {
        const text = page(['a{x="1"} 2', 'a{x="2"} 3', "ab 7", "a_bucket 9"]);
        const metrics = pick(text, new Set(["a"]));
        assert.equal(metrics.length, 2);
        assert.equal(sumOf(metrics, "a"), 5);
        assert.equal(
            sumOf(metrics, "a", ({ x }) => x === "2"),
            3,
        );
        assert.equal(sumOf(metrics, "ab"), undefined);
        assert.deepEqual(pick("", new Set(["a"])), []);
        assert.deepEqual(pick("a 1", new Set(["a"])), [{ name: "a", labels: {}, value: 1 }], "no line end at the end");
    });

    it("have histograms summed over their series", () => {
        const text = page(['h_bucket{p="1",le="0.1"} 2', 'h_bucket{p="2",le="0.1"} 3', 'h_bucket{p="2",le="+Inf"} 9']);
        const metrics = pick(text, new Set(["h_bucket"]));
        assert.deepEqual(bucketsOf(metrics, "h"), { "0.1": 5, "+Inf": 9 });
        assert.deepEqual(
            bucketsOf(metrics, "h", ({ p }) => p === "1"),
            { "0.1": 2 },
        );
    });

    it("of a coordinator tell samples, write requests, reads and errors (M3 1.5.0)", () => {
        const path = 'path="_api_v1_prom_remote_write"';
        const at = (written: number, requests: number, fast: number) =>
            pick(
                page([
                    `coordinator_downsampler_metrics_written{source="prometheus"} ${written}`,
                    'coordinator_downsampler_metrics_dropped{source="prometheus"} 0',
                    `coordinator_http_handler_http_handler_request{${path},status="200",type="coordinator"} ${requests}`,
                    'coordinator_http_handler_http_handler_request{path="_health",status="200",type="coordinator"} 900',
                    `coordinator_http_handler_http_handler_latency_bucket{${path},type="coordinator",le="0.1"} ${fast}`,
                    `coordinator_http_handler_http_handler_latency_bucket{${path},type="coordinator",le="+Inf"} ${requests}`,
                    'coordinator_http_handler_http_handler_latency_bucket{path="_health",le="0.1"} 900',
                    'coordinator_fetch_success{handler="native_read"} 7',
                    'coordinator_write_errors{code="5XX"} 3',
                ]),
                telling.names,
            );
        const telling = apiTelling("coordinator");
        const [first, second] = [at(1000, 10, 10), at(3000, 30, 20)];
        const rates = ratesBetween(
            { at: 0, counters: telling.counters(first) },
            { at: 10_000, counters: telling.counters(second) },
        );
        assert.deepEqual(telling.figures(second, rates), {
            samples: 200,
            writes: 2,
            reads: 0,
            errors: 0,
            writeP50Ms: 100,
            writeP99Ms: 100,
        });
        assert.equal(telling.figures(first, undefined).samples, null, "one look tells no rate");
    });

    it("of a dbnode and an aggregator tell what they took", () => {
        const dbnode = pick(
            page([
                'service_writeTaggedBatchRaw_success{service_name="node"} 75645',
                'service_writeTaggedBatchRaw_rpcs{service_name="node"} 711',
                'service_fetchTagged_success{service_name="node"} 79',
            ]),
            dbnodeTelling.names,
        );
        assert.deepEqual(dbnodeTelling.counters(dbnode), { samples: 75_645, writes: 711, reads: 79 });
        const aggregator = pick(
            page([
                "m3aggregator_aggregator_addTimed_success 2514",
                "m3aggregator_aggregator_addUntimed_success 6",
                "m3aggregator_aggregator_addForwarded_success 999",
            ]),
            aggregatorTelling.names,
        );
        assert.deepEqual(aggregatorTelling.counters(aggregator), { samples: 2520 });
    });

    it("of etcd tell its leader, size and proposals", () => {
        const metrics = pick(
            page([
                "etcd_server_is_leader 1",
                "etcd_server_has_leader 1",
                "etcd_mvcc_db_total_size_in_bytes 61440",
                "etcd_server_proposals_pending 2",
            ]),
            etcdTelling.names,
        );
        assert.deepEqual(etcdTelling.figures(metrics, undefined), {
            leader: true,
            hasLeader: true,
            databaseBytes: 61_440,
            walFsyncP99Ms: null,
            proposalsPending: 2,
            failedProposals: null,
        });
    });

    it("of Prometheus tell how far our remote write is behind, and not another's", () => {
        const url = "http://m3coordinator.m3db:7201/api/v1/prom/remote/write";
        const queue = (to: string, sent: number, pending: number) => [
            `prometheus_remote_storage_queue_highest_sent_timestamp_seconds{url="${to}"} ${sent}`,
            `prometheus_remote_storage_samples_pending{url="${to}"} ${pending}`,
            `prometheus_remote_storage_samples_total{url="${to}"} ${sent}`,
        ];
        const names = new Set(
            [
                "highest_timestamp_in_seconds",
                "queue_highest_sent_timestamp_seconds",
                "samples_pending",
                "samples_total",
            ].map((name) => `prometheus_remote_storage_${name}`),
        );
        const metrics = pick(
            page([
                "prometheus_remote_storage_highest_timestamp_in_seconds 1000",
                ...queue(url, 970, 12),
                ...queue("http://other", 10, 99),
            ]),
            names,
        );
        const ours = toM3(metrics, url);
        const { lagSeconds, pending } = remoteWriteFigures(ours, undefined);
        assert.deepEqual({ lagSeconds, pending }, { lagSeconds: 30, pending: 12 });
        assert.deepEqual(countersOf(ours), { samples_total: 970 });
        assert.equal(
            remoteWriteFigures(toM3(metrics, "http://renamed"), undefined).pending,
            111,
            "none is known as ours: all",
        );
        const before = pick(
            page(["prometheus_remote_storage_highest_timestamp_in_seconds 1000", ...queue(url, 0, 5)]),
            names,
        );
        assert.equal(remoteWriteFigures(before, undefined).lagSeconds, null, "nothing was sent yet");
    });

    it("does not take for lost what a rule drops: newer Prometheus says why, of an older one it is not known", () => {
        const name = "prometheus_remote_storage_samples_dropped_total";
        const dropped = (lines: string[], relabels?: boolean) =>
            countersOf(pick(page(lines), new Set([name])), relabels).samples_dropped_total;
        const reasons = [`${name}{reason="dropped_series"} 500`, `${name}{reason="too_old"} 3`];
        assert.deepEqual([dropped(reasons), dropped(reasons, true)], [3, 3]);
        assert.deepEqual([dropped([`${name} 500`]), dropped([`${name} 500`], true)], [500, undefined]);
    });

    it("has the counters of each Prometheus behind a Service for themselves", async () => {
        const servers = [
            { start: 100, sent: 9000 },
            { start: 200.5, sent: 50 },
        ];
        let looks = 0;
        const source = remoteWriteSource(environment.prometheus, 1000);
        const sent: (number | null | undefined)[] = [];
        for (let round = 0; round < 3; round += 1) {
            for (const server of servers) {
                looks += 1;
                server.sent += 20;
                const body = page([
                    `process_start_time_seconds ${server.start}`,
                    `prometheus_remote_storage_samples_total ${server.sent}`,
                ]);
                const look = { now: () => 0, elapsed: () => looks * 1000, signal: AbortSignal.timeout(1000) };
                await source.look({ ...look, get: async () => ({ status: 200, body }) });
                sent.push(source.told?.sent);
            }
        }
        // Each server's own 20 in the two seconds between its looks.
        assert.deepEqual(sent, [null, null, 10, 10, 10, 10]);
    });
});
