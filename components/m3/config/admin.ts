import { type M3Identity, ports } from "../identity.ts";
import { api, noWrites } from "./common.ts";

/**
 * The admin-only coordinator: no downsampling, no ingest, so that it needs neither topic nor placement to start; no namespaces
 * of its own, or `/namespace/ready` would answer "ready" without looking (query/api/v1/handler/namespace/ready.go). Nobody writes
 * or reads samples by it: the tags and consistency levels are there because M3 wants some.
 */
export const adminConfig = (identity: M3Identity) =>
    api(identity, {
        prefix: "coordinator",
        listen: `0.0.0.0:${ports.api}`,
        metricsPort: ports.metrics,
        tags: { idScheme: "quoted", metricName: "__name__", bucketName: "le" },
        writeConsistency: "majority",
        readConsistency: "unstrict_majority",
        writeBatch: noWrites,
    });
