import type { Scenario } from "../../../settings/index.ts";
import { databaseFolder } from "../../tls/files.ts";
import { kvService } from "../config/common.ts";
import { type Config, configFile, overridden } from "../config/file.ts";
import type { M3Identity } from "../identity.ts";
import { smallPools } from "./pools.ts";

export type M3dbSettings = Pick<Scenario["m3db"], "limits" | "pools" | "config" | "namespaces">;

/**
 * m3.yml of a database pod: what the operator's own has (identity, discovery, the coordinator for its admin calls), and the rest
 * written out, so that what runs can be read. Values are M3 1.5.0's defaults unless a comment says otherwise; keys are those of
 * cmd/services/m3dbnode/config, which takes no others.
 */
export function m3dbConfig(identity: M3Identity, settings: M3dbSettings): Config {
    return overridden(defaultConfig(identity, settings), settings.config);
}

/** The file. */
export const m3dbConfigFile = (identity: M3Identity, settings: M3dbSettings): string =>
    configFile(m3dbConfig(identity, settings));

function defaultConfig(identity: M3Identity, { limits, pools, namespaces }: M3dbSettings): Config {
    return {
        // The coordinator inside dbnode: the operator's admin calls go there (facts.md 4, rule). Its defaults are :7201, metrics :7203.
        coordinator: {},
        db: {
            logging: { level: "info" },
            metrics: {
                prometheus: { handlerPath: "/metrics" },
                sanitization: "prometheus",
                samplingRate: 1,
                extended: "detailed",
            },
            listenAddress: "0.0.0.0:9000",
            clusterListenAddress: "0.0.0.0:9001",
            httpNodeListenAddress: "0.0.0.0:9002",
            httpClusterListenAddress: "0.0.0.0:9003",
            debugListenAddress: "0.0.0.0:9004",
            // The operator's annotation on the pod, mounted as a file; it appears once the operator has seen the pod.
            hostID: { resolver: "file", file: { path: "/etc/m3db/pod-identity/identity", timeout: "5m" } },
            client: { writeConsistencyLevel: "majority", readConsistencyLevel: "unstrict_majority" },
            discovery: { config: { service: kvService(identity, "m3db", databaseFolder) } },
            // New series are put into the index in batches, beside the write.
            writeNewSeriesAsync: true,
            filesystem: { filePathPrefix: "/var/lib/m3db", throughputLimitMbps: 1000 },
            // On disk after a second at the latest; a replica that loses power loses that second, the other two have it.
            commitlog: {
                flushMaxBytes: 524288,
                flushEvery: "1s",
                queue: { calculationType: "fixed", size: 2097152 },
            },
            // With each tick comes a snapshot of every shard, a file set each. M3's own 10 s is two fifths of what a database without a load
            // uses (docs/m3db.md); what waits for its snapshot is in the commit log. M3 takes the three together, the first two as they were.
            tick: { seriesBatchSize: 512, perSeriesSleepDuration: "100us", minimumInterval: "30s" },
            // A commit log that a power cut has cut off is read as far as it goes.
            bootstrap: { commitlog: { returnUnfulfilledForCorruptCommitLogFiles: false } },
            cache: { series: { policy: "lru" }, postingsList: { size: 65536 } },
            repair: { enabled: namespaces.some(({ repair }) => repair) },
            limits: given(limits),
            ...(pools === "small" ? { pooling: smallPools() } : {}),
        },
    };
}

/** Without what is not set. */
const given = (limits: M3dbSettings["limits"]): Config =>
    Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined) as [string, unknown][]);
