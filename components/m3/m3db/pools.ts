import type { Config } from "../config/file.ts";

/**
 * The object pools of dbnode are filled at its start. A pool that is empty costs nothing but garbage: M3 then allocates what it
 * needs. The sizes here are M3 1.5.0's own (cmd/services/m3dbnode/config/pooling.go) divided by sixteen, where its default
 * is large; pools that M3 keeps small by itself are left alone.
 */
const divisor = 16;

/** M3's default sizes, by key. */
const large: Record<string, number> = {
    checkedBytesWrapperPool: 65536,
    tagEncoderPool: 8192,
    contextPool: 32768,
    closersPool: 262144,
    seriesPool: 65536,
    blockPool: 65536,
    encoderPool: 65536,
    segmentReaderPool: 65536,
    blockMetadataPool: 65536,
    blocksMetadataPool: 65536,
    identifierPool: 65536,
    bufferBucketPool: 65536,
    bufferBucketVersionsPool: 65536,
    retrieveRequestPool: 65536,
};

/** Those whose entries are made with a capacity: it stays M3's own. */
const withCapacity: Record<string, number> = {
    fetchBlockMetadataResultsPool: 65536,
    replicaMetadataSlicePool: 131072,
    blockMetadataSlicePool: 65536,
};

/** Byte slices by capacity, and how many of each. */
const bytes: [capacity: number, size: number][] = [
    [16, 524288],
    [32, 262144],
    [64, 131072],
    [128, 65536],
    [256, 65536],
    [1440, 16384],
    [4096, 8192],
];

export function smallPools(): Config {
    const sized = Object.entries({ ...large, ...withCapacity }).map(([key, size]) => [key, { size: size / divisor }]);
    return {
        ...Object.fromEntries(sized),
        bytesPool: { buckets: bytes.map(([capacity, size]) => ({ capacity, size: size / divisor })) },
    };
}
