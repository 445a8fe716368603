/**
 * Reads a bbolt file, the database of etcd (go.etcd.io/bbolt, page.go and bucket.go: format version 2, little endian here).
 * Only what a snapshot needs: the pairs of one bucket at the top, in order. A snapshot is written by one transaction, so nothing
 * changes while it is read.
 */
const magic = 0xed0cdaed;
const pageHeader = 16;
const flags = { branch: 1, leaf: 2 } as const;
const bucketFlag = 1;

class BrokenDatabase extends Error {}

export interface Pair {
    key: Buffer;
    value: Buffer;
    isBucket: boolean;
}

/** The pairs of a bucket at the top; throws BrokenDatabase where there is none or the file is not bbolt's. */
export function* bucketOf(file: Buffer, name: string): Generator<Pair> {
    const { pageSize, root } = metaOf(file);
    for (const { key, value, isBucket } of pairsFrom(file, pageSize, root, 0)) {
        if (!isBucket || key.toString() !== name) continue;
        const page = Number(value.readBigUInt64LE(0));
        // A small bucket lies in its parent's value instead of having pages of its own.
        if (page === 0) yield* leafPairs(value.subarray(pageHeader));
        else yield* pairsFrom(file, pageSize, page, 0);
        return;
    }
    throw new BrokenDatabase(`the database has no bucket "${name}"`);
}

/** The newer of the two meta pages that is whole. */
function metaOf(file: Buffer): { pageSize: number; root: number } {
    let found: { pageSize: number; root: number; transaction: bigint } | undefined;
    if (file.length < 2 * 1024) throw new BrokenDatabase("the file is too short for a database");
    const first = file.readUInt32LE(pageHeader) === magic ? file.readUInt32LE(pageHeader + 8) : 4096;
    for (const start of [0, first]) {
        const meta = file.subarray(start + pageHeader, start + pageHeader + 64);
        if (meta.length < 64 || meta.readUInt32LE(0) !== magic || meta.readUInt32LE(4) !== 2) continue;
        if (meta.readBigUInt64LE(56) !== fnv64a(meta.subarray(0, 56))) continue;
        const transaction = meta.readBigUInt64LE(48);
        if (found && found.transaction > transaction) continue;
        found = { pageSize: meta.readUInt32LE(8), root: Number(meta.readBigUInt64LE(16)), transaction };
    }
    if (!found) throw new BrokenDatabase("the file is no database of etcd: it has no whole meta page");
    return found;
}

function* pairsFrom(file: Buffer, pageSize: number, id: number, depth: number): Generator<Pair> {
    const page = file.subarray(id * pageSize);
    if (page.length < pageHeader || depth > 32) throw new BrokenDatabase(`page ${id} is not in the file`);
    const kind = page.readUInt16LE(8);
    if (kind & flags.leaf) {
        yield* leafPairs(page);
        return;
    }
    if (!(kind & flags.branch)) throw new BrokenDatabase(`page ${id} is neither branch nor leaf`);
    for (let i = 0; i < page.readUInt16LE(10); i++) {
        yield* pairsFrom(file, pageSize, Number(page.readBigUInt64LE(pageHeader + i * 16 + 8)), depth + 1);
    }
}

function* leafPairs(page: Buffer): Generator<Pair> {
    for (let i = 0; i < page.readUInt16LE(10); i++) {
        const element = pageHeader + i * 16;
        const begin = element + page.readUInt32LE(element + 4);
        const middle = begin + page.readUInt32LE(element + 8);
        const end = middle + page.readUInt32LE(element + 12);
        if (end > page.length) throw new BrokenDatabase("a page's content lies beyond the file");
        const isBucket = (page.readUInt32LE(element) & bucketFlag) !== 0;
        yield { key: page.subarray(begin, middle), value: page.subarray(middle, end), isBucket };
    }
}

function fnv64a(bytes: Buffer): bigint {
    let hash = 0xcbf29ce484222325n;
    for (const byte of bytes) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
    return hash;
}
