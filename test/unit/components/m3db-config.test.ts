import assert from "node:assert/strict";
import { parse } from "yaml";
import { m3dbConfigMap } from "../../../components/m3/cluster-manifests.ts";
import type { Config } from "../../../components/m3/config/file.ts";
import { m3dbConfig } from "../../../components/m3/m3db/config.ts";
import { clusterPlan, everySetting } from "./m3db-plan.ts";

const configOf = (settings: object = {}) => {
    const plan = clusterPlan(settings);
    return m3dbConfig(plan.identity, plan) as { coordinator: Config; db: Config };
};

describe("m3.yml of the database pods", () => {
    it("has what the operator's own has", () => {
        const { coordinator, db } = configOf();
        assert.deepEqual(coordinator, {});
        assert.deepEqual(db.hostID, {
            resolver: "file",
            file: { path: "/etc/m3db/pod-identity/identity", timeout: "5m" },
        });
        assert.deepEqual(db.client, { writeConsistencyLevel: "majority", readConsistencyLevel: "unstrict_majority" });
        assert.deepEqual(db.discovery, {
            config: {
                service: {
                    env: "m3db/m3-cluster",
                    zone: "embedded",
                    service: "m3db",
                    cacheDir: "/var/lib/m3kv",
                    etcdClusters: [
                        {
                            zone: "embedded",
                            endpoints: ["http://etcd-0.etcd.m3db:2379", "http://etcd-1.etcd.m3db:2379"],
                        },
                    ],
                },
            },
        });
    });

    it("has no limit and M3's own pools unless told", () => {
        const { db } = configOf();
        assert.deepEqual(db.limits, {});
        assert.ok(!("pooling" in db));
        assert.deepEqual(db.repair, { enabled: false });
    });

    it("has the limits that are given, under M3's keys", () => {
        assert.deepEqual(configOf(everySetting).db.limits, {
            maxOutstandingWriteRequests: 1000,
            maxOutstandingReadRequests: 500,
            maxRecentlyQueriedSeriesBlocks: { value: 100_000, lookback: "15s" },
            maxRecentlyQueriedSeriesDiskBytesRead: { value: 1_000_000, lookback: "30s" },
            writeNewSeriesPerSecond: 5000,
            maxEncodersPerBlock: 20,
        });
    });

    it("repairs when a namespace asks for it", () => {
        const namespaces = [{ name: "default", retention: "48h", repair: true }];
        assert.deepEqual(configOf({ namespaces }).db.repair, { enabled: true });
    });

    it("has small pools when told: no key that is not M3's, no size over its default, whole numbers", () => {
        const pooling = configOf({ pools: "small" }).db.pooling as Record<
            string,
            { size?: number; buckets?: unknown[] }
        >;
        assert.deepEqual(pooling.closersPool, { size: 16384 });
        const { bytesPool, ...pools } = pooling;
        assert.equal(bytesPool?.buckets?.length, 7);
        for (const [name, { size }] of Object.entries(pools)) {
            assert.match(name, /Pool$/);
            assert.ok(Number.isInteger(size) && (size ?? 0) > 0, name);
        }
    });

    it("is merged with the user's own, and goes into the ConfigMap as YAML", () => {
        const { db } = configOf(everySetting);
        assert.equal(db.gcPercentage, 60);
        assert.ok(!("repair" in db));
        const plan = clusterPlan(everySetting);
        assert.deepEqual(parse(m3dbConfigMap(plan).data["m3.yml"]), m3dbConfig(plan.identity, plan));
    });
});
