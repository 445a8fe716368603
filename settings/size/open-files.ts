/** In seconds. */
export interface KeptBlocks {
    retention: number;
    blockSize: number;
    indexBlockSize: number;
}

/** Above this share of a limit there is little room for what comes on top: connections, blocks being written, snapshots. */
export const fullShare = 0.8;

/** Of a block's fileset; of an index block's segment. */
const [ofBlock, ofIndexBlock] = [2, 5];

/**
 * Files that a dbnode with so many shards keeps open for the blocks of its namespaces, once all are there; M3 makes those of the whole
 * retention at its first start, empty ones too. Connections, commit logs and blocks being written come on top, some hundreds. Seen with
 * M3DB 1.5.0: 64 shards, two namespaces of 24 blocks: 6,384 of 6,602 open files. Pure.
 */
export function openFilesOf(shards: number, namespaces: KeptBlocks[]): number {
    return namespaces.reduce((sum, { retention, blockSize, indexBlockSize }) => {
        const blocks = ofBlock * shards * Math.ceil(retention / blockSize);
        return sum + blocks + ofIndexBlock * Math.ceil(retention / indexBlockSize);
    }, 0);
}
