import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { placementInstance } from "../../../lab/operator/identity.ts";
import { silent } from "../../../lab/operator/log.ts";
import { type M3Admin, m3Admin } from "../../../lab/operator/m3admin.ts";
import { namespaceRequest } from "../../../lab/operator/namespaces.ts";
import { waitFor } from "../../../support/wait.ts";
import { freePort } from "../../support/apiserver.ts";
import { binary } from "../../support/binaries.ts";
import { bound } from "../../support/bound.ts";
import { makeCluster, makePod } from "../../unit/operator/fixtures.ts";

/** The operator's requests are what M3 1.5 takes: a real coordinator over a real etcd, no db nodes. */
describe("operator: a real coordinator takes its requests", function () {
    this.timeout(60_000);
    const cluster = makeCluster();
    const children: ChildProcess[] = [];
    let dir: string;
    let base: string;
    let m3: M3Admin;

    before(async () => {
        dir = mkdtempSync(join(tmpdir(), "m3perf-operator-m3-"));
        const [client, peer, port, metrics] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
        const launch = (name: string, args: string[]) => {
            const child = spawn(...bound(binary(name), args), { stdio: "ignore", cwd: dir });
            children.push(child);
            return child;
        };
        launch("etcd", [
            `--data-dir=${join(dir, "etcd")}`,
            `--listen-client-urls=http://127.0.0.1:${client}`,
            `--advertise-client-urls=http://127.0.0.1:${client}`,
            `--listen-peer-urls=http://127.0.0.1:${peer}`,
            `--initial-advertise-peer-urls=http://127.0.0.1:${peer}`,
            `--initial-cluster=default=http://127.0.0.1:${peer}`,
            "--unsafe-no-fsync",
        ]);
        const etcd = { zone: "embedded", endpoints: [`http://127.0.0.1:${client}`] };
        const service = { env: "m3db/m3-cluster", zone: "embedded", service: "m3db", cacheDir: join(dir, "kv") };
        const config = {
            listenAddress: `127.0.0.1:${port}`,
            logging: { level: "error" },
            metrics: {
                scope: { prefix: "coordinator" },
                prometheus: { handlerPath: "/metrics", listenAddress: `127.0.0.1:${metrics}` },
                sanitization: "prometheus",
                samplingRate: 1,
                extended: "none",
            },
            tagOptions: { idScheme: "quoted" },
            clusters: [{ client: { config: { service: { ...service, etcdClusters: [etcd] } } } }],
        };
        writeFileSync(join(dir, "coordinator.yml"), JSON.stringify(config)); // JSON is YAML
        base = `http://127.0.0.1:${port}`;
        const answers = async () => (await fetch(`${base}/health`)).ok;
        await waitFor({ what: "etcd", timeout: 20 }, async () => (await fetch(`http://127.0.0.1:${client}/health`)).ok);
        launch("m3coordinator", ["-f", join(dir, "coordinator.yml")]);
        await waitFor({ what: "the coordinator", timeout: 30 }, answers);
        m3 = m3Admin(cluster, { url: () => base, log: silent, retryAfter: [] });
    });

    after(async () => {
        for (const child of children.reverse()) {
            const ended = once(child, "close");
            child.kill("SIGKILL");
            await ended;
        }
        rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
    });

    const instances = () =>
        ["rep0", "rep1", "rep2"].map((group) => {
            const name = `m3-cluster-${group}-0`;
            return placementInstance(cluster, makePod(cluster, group, name), JSON.stringify({ name }));
        });

    it("placement: none, made, replaced, deleted", async () => {
        assert.equal(await m3.placement(), undefined);
        await m3.initPlacement({ num_shards: 24, replication_factor: 3, instances: instances() });
        const placement = await m3.placement();
        assert.deepEqual(
            placement?.map(({ id, isolationGroup, hostname }) => [id, isolationGroup, hostname]),
            ["rep0", "rep1", "rep2"].map((group) => [
                `{"name":"m3-cluster-${group}-0"}`,
                group,
                `m3-cluster-${group}-0.m3dbnode-m3-cluster`,
            ]),
        );
        const headers = { "Cluster-Environment-Name": "m3db/m3-cluster" };
        const answer = await fetch(`${base}/api/v1/services/m3db/placement`, { headers });
        const { placement: raw } = (await answer.json()) as { placement: Record<string, unknown> };
        assert.equal(raw.numShards, 24);
        assert.equal(raw.replicaFactor, 3);
        const instance = (raw.instances as Record<string, Record<string, unknown>>)['{"name":"m3-cluster-rep1-0"}'];
        assert.deepEqual(
            { ...instance, shards: Array.isArray(instance?.shards) ? instance.shards.length : 0 },
            {
                id: '{"name":"m3-cluster-rep1-0"}',
                isolationGroup: "rep1",
                zone: "embedded",
                weight: 100,
                endpoint: "m3-cluster-rep1-0.m3dbnode-m3-cluster:9000",
                shards: 24,
                shardSetId: 0,
                hostname: "m3-cluster-rep1-0.m3dbnode-m3-cluster",
                port: 9000,
                metadata: { debugPort: 0 },
            },
        );
        // Its environment is its own: without the header there is nothing.
        const other = m3Admin(
            { ...cluster, metadata: { ...cluster.metadata, name: "other" } },
            {
                url: () => base,
                log: silent,
                retryAfter: [],
            },
        );
        assert.equal(await other.placement(), undefined);
    });

    it("a second placement is refused at once", async () => {
        const again = m3.initPlacement({ num_shards: 24, replication_factor: 3, instances: instances() });
        await assert.rejects(again, /status 4\d\d/);
    });

    it("replace and remove are understood, and refused while instances are not available", async () => {
        const [leaving] = instances();
        assert.ok(leaving);
        // M3's own rule: not before all are available; so it has understood the id in the path and in the body.
        const candidate = { ...leaving, id: '{"name":"m3-cluster-rep0-0","uid":"1"}', endpoint: "elsewhere:9000" };
        await assert.rejects(
            m3.replaceInstance(leaving.id, candidate),
            /m3-cluster-rep0-0.*not all available|available/,
        );
        await assert.rejects(m3.removeInstance(leaving.id), /available/);
    });

    it("namespaces: none, made, not ready without db nodes, deleted", async () => {
        assert.deepEqual([...(await m3.namespaces())], []);
        for (const namespace of cluster.spec.namespaces ?? []) await m3.addNamespace(namespaceRequest(namespace));
        await m3.addNamespace(namespaceRequest({ name: "long", preset: "1m:40d" }));
        assert.deepEqual([...(await m3.namespaces())].sort(), [
            ["default", "UNKNOWN"],
            ["long", "UNKNOWN"],
            ["metrics-10s_2d", "UNKNOWN"],
        ]);
        const headers = { "Cluster-Environment-Name": "m3db/m3-cluster" };
        const answer = await fetch(`${base}/api/v1/services/m3db/namespace`, { headers });
        const { registry } = (await answer.json()) as { registry: { namespaces: Record<string, unknown> } };
        assert.deepEqual(registry.namespaces["metrics-10s_2d"], {
            bootstrapEnabled: true,
            flushEnabled: true,
            writesToCommitLog: true,
            cleanupEnabled: true,
            repairEnabled: false,
            retentionOptions: {
                retentionPeriodNanos: "172800000000000",
                blockSizeNanos: "7200000000000",
                bufferFutureNanos: "600000000000",
                bufferPastNanos: "1200000000000",
                blockDataExpiry: true,
                blockDataExpiryAfterNotAccessPeriodNanos: "300000000000",
                futureRetentionPeriodNanos: "0",
            },
            snapshotEnabled: true,
            indexOptions: { enabled: true, blockSizeNanos: "7200000000000" },
            schemaOptions: null,
            coldWritesEnabled: false,
            runtimeOptions: null,
            cacheBlocksOnRetrieve: false,
            aggregationOptions: {
                aggregations: [
                    {
                        aggregated: true,
                        attributes: { resolutionNanos: "10000000000", downsampleOptions: { all: true } },
                    },
                ],
            },
            stagingState: { status: "UNKNOWN" },
            extendedOptions: null,
        });
        await assert.rejects(m3.readyNamespace("default"), /status 5\d\d/);
        for (const name of ["default", "long", "metrics-10s_2d"]) {
            assert.equal(await m3.deleteNamespace(name), "deleted");
        }
        assert.equal(await m3.deleteNamespace("default"), "not found");
        assert.deepEqual([...(await m3.namespaces())], []);
    });

    it("the placement is deleted", async () => {
        await m3.deletePlacement();
        assert.equal(await m3.placement(), undefined);
    });
});
