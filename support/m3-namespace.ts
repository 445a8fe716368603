/**
 * What M3's admin API takes for a namespace of an M3DBCluster, as m3db-operator 0.14 sends it. The lab's operator and `m3perf free`,
 * which does what an operator left undone, must ask for the same.
 */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json | undefined };
export type JsonObject = { [key: string]: Json | undefined };

/** Durations are Go durations ("48h", "10m"). */
export interface NamespaceOptions {
    bootstrapEnabled?: boolean;
    flushEnabled?: boolean;
    writesToCommitLog?: boolean;
    cleanupEnabled?: boolean;
    repairEnabled?: boolean;
    snapshotEnabled?: boolean;
    coldWritesEnabled?: boolean;
    retentionOptions?: {
        retentionPeriod?: string;
        blockSize?: string;
        bufferFuture?: string;
        bufferPast?: string;
        blockDataExpiry?: boolean;
        blockDataExpiryAfterNotAccessPeriod?: string;
    };
    indexOptions?: { enabled?: boolean; blockSize?: string };
    aggregationOptions?: {
        aggregations?: {
            aggregated?: boolean;
            attributes?: { resolution?: string; downsampleOptions?: { all?: boolean } };
        }[];
    };
    extendedOptions?: { type?: string; options?: JsonObject };
}

export interface NamespaceSpec {
    name: string;
    preset?: string;
    options?: NamespaceOptions;
}

const units: Record<string, bigint> = {
    ns: 1n,
    us: 1_000n,
    µs: 1_000n,
    ms: 1_000_000n,
    s: 1_000_000_000n,
    m: 60_000_000_000n,
    h: 3_600_000_000_000n,
};

/** Nanoseconds of a Go duration ("48h", "1h30m", "1.5h") as text, since JSON's numbers cannot hold them all. */
export function nanoseconds(duration: string | undefined, field: string): string {
    const parts = [...(duration ?? "").matchAll(/(\d+)(?:\.(\d+))?(ns|us|µs|ms|s|m|h)/g)];
    if (duration !== "0" && (parts.length === 0 || parts.map(([whole]) => whole).join("") !== duration)) {
        throw new Error(`failed to parse option ${field}: time: invalid duration "${duration ?? ""}"`);
    }
    let total = 0n;
    for (const [, whole = "0", fraction = "", unit = ""] of parts) {
        const scale = units[unit] ?? 0n;
        total += BigInt(whole) * scale;
        if (fraction) total += (BigInt(fraction) * scale) / 10n ** BigInt(fraction.length);
    }
    return total.toString();
}

function preset(retention: string, block: string, past: string, access: string, resolution: string): NamespaceOptions {
    return {
        bootstrapEnabled: true,
        flushEnabled: true,
        writesToCommitLog: true,
        cleanupEnabled: true,
        repairEnabled: false,
        snapshotEnabled: true,
        coldWritesEnabled: false,
        retentionOptions: {
            retentionPeriod: retention,
            blockSize: block,
            bufferFuture: "10m",
            bufferPast: past,
            blockDataExpiry: true,
            blockDataExpiryAfterNotAccessPeriod: access,
        },
        indexOptions: { enabled: true, blockSize: block },
        aggregationOptions: { aggregations: [{ aggregated: true, attributes: { resolution } }] },
    };
}

/** Aggregated only: a cluster with just a preset has no unaggregated namespace (facts.md 4). */
const presets: Record<string, NamespaceOptions> = {
    "10s:2d": preset("48h", "2h", "10m", "5m", "10s"),
    "1m:40d": preset("960h", "24h", "20m", "10m", "1m"),
};

/** What POST …/namespace takes. Throws for a namespace with both or neither of preset and options, or a bad duration. */
export function namespaceRequest(namespace: NamespaceSpec): JsonObject {
    if (!namespace.name) throw new Error("must set namespace name");
    if (namespace.preset && namespace.options) throw new Error("must set only one of preset or options");
    if (!namespace.preset && !namespace.options) throw new Error("must set either preset or options");
    const options = namespace.options ?? presets[namespace.preset ?? ""];
    if (!options) throw new Error(`preset '${namespace.preset}' not found`);
    return { name: namespace.name, options: requestOptions(options) };
}

function requestOptions(options: NamespaceOptions): JsonObject {
    const retention = options.retentionOptions ?? {};
    const index = options.indexOptions ?? {};
    const aggregations = options.aggregationOptions?.aggregations ?? [];
    return {
        bootstrapEnabled: options.bootstrapEnabled ?? false,
        flushEnabled: options.flushEnabled ?? false,
        writesToCommitLog: options.writesToCommitLog ?? false,
        cleanupEnabled: options.cleanupEnabled ?? false,
        repairEnabled: options.repairEnabled ?? false,
        snapshotEnabled: options.snapshotEnabled ?? false,
        coldWritesEnabled: options.coldWritesEnabled ?? false,
        retentionOptions: {
            retentionPeriodNanos: nanoseconds(retention.retentionPeriod, "RetentionPeriod"),
            blockSizeNanos: nanoseconds(retention.blockSize, "BlockSize"),
            bufferFutureNanos: nanoseconds(retention.bufferFuture, "BufferFuture"),
            bufferPastNanos: nanoseconds(retention.bufferPast, "BufferPast"),
            blockDataExpiry: retention.blockDataExpiry ?? false,
            blockDataExpiryAfterNotAccessPeriodNanos: nanoseconds(
                retention.blockDataExpiryAfterNotAccessPeriod,
                "BlockDataExpiryAfterNotAccessPeriod",
            ),
        },
        indexOptions: {
            enabled: index.enabled ?? false,
            blockSizeNanos: nanoseconds(index.blockSize, "Index BlockSize"),
        },
        ...(aggregations.length > 0 && { aggregationOptions: { aggregations: aggregations.map(aggregation) } }),
        ...(options.extendedOptions && {
            extendedOptions: { type: options.extendedOptions.type, options: options.extendedOptions.options },
        }),
    };
}

type Aggregation = NonNullable<NonNullable<NamespaceOptions["aggregationOptions"]>["aggregations"]>[number];

function aggregation({ aggregated, attributes }: Aggregation): JsonObject {
    if (!aggregated) return { aggregated: false };
    return {
        aggregated: true,
        attributes: {
            resolutionNanos: nanoseconds(attributes?.resolution, "Resolution"),
            // Absent means all samples; present without `all` means none.
            downsampleOptions: {
                all: attributes?.downsampleOptions ? (attributes.downsampleOptions.all ?? false) : true,
            },
        },
    };
}
