/** The rules, evaluated by promtool: none fires on a healthy environment, and each fires on its fault, not before its time. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { dashboardsOf } from "../../../components/observe/dashboards/index.ts";
import { type Observed, observedOf } from "../../../components/observe/facts.ts";
import { alertsOf, rulesFile } from "../../../components/observe/rules/index.ts";
import { loadSettings } from "../../../settings/index.ts";
import { secondsOf } from "../../../settings/units.ts";
import { exec } from "../../../support/exec.ts";
import { binary } from "../../support/binaries.ts";
import { type Fault, faultAt, gone, healthy, inputSeries, pods, step, told } from "./healthy.ts";

const [rep0 = "", rep1 = ""] = pods.dbnode;
const [etcd0 = "", etcd1 = ""] = pods.etcd;
const queue = (name: string, value: number) => told(`prometheus_remote_storage_${name}`, value);

/** What goes wrong, for each alert. */
const faults: Record<string, Fault> = {
    M3DatabasePodDown: gone(rep0),
    M3DatabaseNotBootstrapped: told("database_bootstrapped", 0, rep1),
    M3DatabaseMajorityLost: gone(rep0, rep1),
    M3DatabaseWriteErrors: told("service_writeTaggedBatchRaw_retryable_errors", 1, rep0),
    M3DatabaseOverloaded: told("service_overload_rejected", 1, rep0),
    M3CommitLogBehind: told("commitlog_writes_queue_length", 900, rep0),
    M3DatabaseCollectsGarbage: told("runtime_memory_gc_cpu_fraction", 0.4, rep0),
    M3DatabaseFilesNearLimit: told("process_num_fds", 900_000, rep0),
    M3CoordinatorDown: gone("m3coordinator-7d9-a"),
    M3CoordinatorWriteErrors: told("coordinator_write_errors", 1, "5XX"),
    M3CoordinatorRefusesSamples: told("coordinator_write_errors", 0.1, "4XX"),
    M3IngestLate: told("coordinator_ingest_latency_sum", 900),
    M3AggregationInputDropped: told("coordinator_downsampler_remote_aggregator_client_message_dropped", 1),
    M3QueryDown: gone(...pods.query),
    M3QueryErrors: told("query_http_handler_http_handler_request", 1, 'status="500"'),
    M3AggregatorDown: gone("m3aggregator-0"),
    M3AggregatorNoLeader: told("m3aggregator_aggregator_election_manager_election_state", 1),
    M3AggregatorNotFlushing: told("m3aggregator_aggregator_flush_handler_message_acked", 0),
    M3AggregatorResultsDropped: told("m3aggregator_aggregator_flush_handler_message_dropped", 1),
    M3EtcdMemberDown: gone(etcd0),
    M3EtcdNoLeader: told("etcd_server_has_leader", 0, etcd0),
    M3EtcdQuorumLost: gone(etcd0, etcd1),
    M3EtcdDatabaseLarge: told("etcd_mvcc_db_total_size_in_bytes", 4.5e8, etcd1),
    M3EtcdLeaderChanges: told("etcd_server_leader_changes_seen_total", 0.05),
    M3EtcdSlowDisk: told("etcd_disk_wal_fsync_duration_seconds_sum", 2, etcd0),
    M3NoNewSamples: queue("queue_highest_sent_timestamp_seconds", 0),
    M3RemoteWriteBehind: queue("queue_highest_sent_timestamp_seconds", 0.5),
    M3RemoteWriteFails: queue("samples_failed_total", 1),
    M3RemoteWriteRetries: queue("samples_retried_total", 1),
    M3RemoteWriteBacklog: queue("samples_pending", 9500),
    M3RemoteWriteMaxShards: queue("shards_desired", 60),
    M3NotScraped: gone(...Object.values(pods).flat()),
    M3ContainerOomKilled: told("container_oom_events_total", 1, rep0),
    M3ContainerRestarts: told("process_start_time_seconds", 1250, rep0),
    M3MemoryNearLimit: told("container_memory_working_set_bytes", 9.5e8, rep0),
    M3NodeMemoryHigh: told("container_memory_working_set_bytes", 7.6e9, 'id="/"'),
    M3NodeDiskFull: told("container_fs_usage_bytes", 7.2e10),
    M3VolumeFull: told("kubelet_volume_stats_available_bytes", 1e8),
};

/** Long enough for rates over five minutes, and for what only grows to come to its threshold. */
const slack = 12 * 60;

interface Expectation {
    alert: string;
    at: number;
    fires: boolean;
}

const expected = ({ alert, at, fires }: Expectation) => ({
    expr: `(count(ALERTS{alertname="${alert}",alertstate="firing"}) > bool 0) or vector(0)`,
    eval_time: `${at}s`,
    exp_samples: [{ labels: "{}", value: fires ? 1 : 0 }],
});

describe("rules for Prometheus, by promtool", function () {
    this.timeout(120_000);
    let folder: string;
    let observed: Observed;

    before(() => {
        folder = mkdtempSync(join(tmpdir(), "m3perf-rules-"));
        const config = { "m3perf:site": "sites/reference.yaml" };
        observed = observedOf(loadSettings({ config, stackFile: "Pulumi.test.yaml" }));
        writeFileSync(join(folder, "rules.yml"), rulesFile(observed));
    });
    after(() => rmSync(folder, { recursive: true, force: true }));

    const every = () => Object.values(alertsOf(observed)).flat();
    const promtool = (...args: string[]) => exec(binary("promtool"), args, { cwd: folder, timeout: 100 });

    async function holds(tests: { fault?: Fault; expectations: Expectation[] }[], evaluated = step): Promise<void> {
        const file = {
            rule_files: ["rules.yml"],
            evaluation_interval: `${evaluated}s`,
            tests: tests.map(({ fault, expectations }) => ({
                interval: `${step}s`,
                input_series: inputSeries(fault),
                promql_expr_test: expectations.map(expected),
            })),
        };
        writeFileSync(join(folder, "test.yml"), stringify(file, { aliasDuplicateObjects: false }));
        const { code, stdout, stderr } = await promtool("test", "rules", "test.yml");
        assert.equal(code, 0, `${stdout}\n${stderr}`.slice(0, 6000));
    }

    it("are valid", async () => {
        const { code, stdout, stderr } = await promtool("check", "rules", "rules.yml");
        assert.equal(code, 0, stdout + stderr);
        assert.doesNotMatch(stdout, /duplicate/);
    });

    it("of all kinds have a fault here", () => {
        assert.deepEqual(
            every()
                .map(({ alert }) => alert)
                .sort(),
            Object.keys(faults).sort(),
        );
    });

    it("none fires on a healthy environment", async () => {
        const expectations = every().flatMap(({ alert }) =>
            [600, 1200, 3600, 5000].map((at) => ({ alert, at, fires: false })),
        );
        await holds([{ expectations }]);
    });

    it("tell where they look on a healthy environment: each value gives data", async () => {
        const rules = every().map(({ alert, value }) => ({ record: `value:${alert}`, expr: value }));
        writeFileSync(join(folder, "values.yml"), stringify({ groups: [{ name: "values", rules }] }));
        const file = {
            rule_files: ["rules.yml", "values.yml"],
            evaluation_interval: `${step}s`,
            tests: [
                {
                    interval: `${step}s`,
                    input_series: inputSeries(),
                    promql_expr_test: rules.map(({ record }) => ({
                        expr: `count(${record}) > bool 0`,
                        eval_time: "1800s",
                        exp_samples: [{ labels: "{}", value: 1 }],
                    })),
                },
            ],
        };
        writeFileSync(join(folder, "values-test.yml"), stringify(file, { aliasDuplicateObjects: false }));
        const { code, stdout, stderr } = await promtool("test", "rules", "values-test.yml");
        assert.equal(code, 0, `${stdout}\n${stderr}`.slice(0, 6000));
    });

    for (const alert of Object.keys(faults)) {
        it(`${alert} fires on its fault, after its time`, async () => {
            const rule = every().find((one) => one.alert === alert);
            assert.ok(rule, "there is no such alert");
            const wait = rule.for === "0m" ? 0 : (secondsOf(rule.for) ?? Number.NaN);
            assert.ok(Number.isFinite(wait), rule.for);
            const early = wait >= 2 * step ? [{ alert, at: faultAt + wait - 2 * step, fires: false }] : [];
            await holds([
                {
                    fault: faults[alert] ?? {},
                    expectations: [
                        { alert, at: faultAt - step, fires: false },
                        ...early,
                        { alert, at: faultAt + wait + slack, fires: true },
                    ],
                },
            ]);
        });
    }

    it("M3EtcdLeaderChanges wants four of them, not three that Prometheus extrapolates", async () => {
        const apart = 20; // seconds: between two scrapes, so that the range has not a sample at each end
        const changes = (atOnce: number, fires: boolean) => ({
            fault: told("etcd_server_leader_changes_seen_total", { atOnce }),
            expectations: [{ alert: "M3EtcdLeaderChanges", at: faultAt + 320, fires }],
        });
        await holds([changes(3, false), changes(4, true)], apart);
    });

    it("a fault of nothing else is taken for that of the whole: M3NotScraped stands alone", async () => {
        const at = faultAt + 1800;
        const others = every().filter(({ alert }) => /^M3(Database|Coordinator|Query|Aggregator|Etcd)/.test(alert));
        assert.ok(others.length > 15);
        await holds([
            {
                fault: faults.M3NotScraped ?? {},
                expectations: others.map(({ alert }) => ({ alert, at, fires: false })),
            },
        ]);
    });

    it("and the queries of dashboards are valid", async () => {
        const queries = dashboardsOf(observed).flatMap(({ rows }) =>
            rows.flatMap(({ panels }) => panels.flatMap((panel) => panel.queries)),
        );
        assert.ok(queries.length > 80, String(queries.length));
        const rules = queries.map(({ expr }, index) => ({
            record: `query:${index}`,
            expr: expr.replaceAll("$__rate_interval", "5m"),
        }));
        writeFileSync(join(folder, "queries.yml"), stringify({ groups: [{ name: "queries", rules }] }));
        const { code, stdout, stderr } = await promtool("check", "rules", "queries.yml");
        assert.equal(code, 0, stdout + stderr);
    });

    it("would see a wrong query, and an alert that does not fire", async () => {
        writeFileSync(
            join(folder, "wrong.yml"),
            stringify({ groups: [{ name: "a", rules: [{ record: "a", expr: "sum(" }] }] }),
        );
        assert.notEqual((await promtool("check", "rules", "wrong.yml")).code, 0);
        const expectations = [{ alert: "M3EtcdNoLeader", at: 3600, fires: true }];
        await assert.rejects(holds([{ expectations }]), /got|exp/);
        assert.ok(Object.keys(healthy).length > 100);
    });
});
