import type { M3Namespace } from "../../../settings/index.ts";

/**
 * A namespace in the M3DBCluster, in the form that Go writes back: what is false is absent. Namespaces that are missing from the
 * M3DBCluster are deleted by the operator, with their data (facts.md 4, traps): guard.ts stands before that.
 */
export function m3dbNamespace(namespace: M3Namespace) {
    const { name, retention, blockSize, bufferPast, bufferFuture } = namespace;
    return {
        name,
        options: {
            bootstrapEnabled: true,
            flushEnabled: true,
            ...(namespace.commitLog ? { writesToCommitLog: true } : {}),
            cleanupEnabled: true,
            ...(namespace.repair ? { repairEnabled: true } : {}),
            ...(namespace.snapshots ? { snapshotEnabled: true } : {}),
            ...(namespace.coldWrites ? { coldWritesEnabled: true } : {}),
            retentionOptions: {
                retentionPeriod: retention,
                blockSize,
                bufferFuture,
                bufferPast,
                blockDataExpiry: true,
                blockDataExpiryAfterNotAccessPeriod: "5m",
            },
            indexOptions: { enabled: true, blockSize: namespace.indexBlockSize ?? blockSize },
            aggregationOptions: { aggregations: [aggregation(namespace)] },
        },
    };
}

/** `downsampleOptions` that are there and empty say that not all samples go into it (dbnode/namespace, DownsampleOptions). */
function aggregation({ resolution, samples, match }: M3Namespace) {
    if (!resolution) return { attributes: {} };
    const all = samples === "all" && match === undefined;
    return { aggregated: true, attributes: { resolution, downsampleOptions: all ? { all: true } : {} } };
}
