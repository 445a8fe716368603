/** Makes a bbolt file as etcd has it: meta pages, a root leaf with the bucket "key", a branch, and leaves of two pairs each. */
const pageSize = 4096;

export interface Record {
    revision: number;
    key: Buffer;
    value: Buffer;
    lease: string;
    deleted?: boolean;
}

export function databaseOf(records: Record[]): Buffer {
    const pairs = records.map(({ revision, key, value, lease, deleted }): [Buffer, Buffer] => {
        const at = Buffer.alloc(deleted ? 18 : 17);
        at.writeBigUInt64BE(BigInt(revision), 0);
        at.write("_", 8);
        if (deleted) at.write("t", 17);
        const fields = [bytesField(1, key), varintField(3, BigInt(revision))];
        if (value.length > 0) fields.push(bytesField(5, value));
        if (lease !== "0") fields.push(varintField(6, BigInt(lease)));
        return [at, Buffer.concat(fields)];
    });
    const leaves: Buffer[] = [];
    for (let i = 0; i < pairs.length; i += 2) leaves.push(leaf(5 + i / 2, pairs.slice(i, i + 2)));
    const branch = page(4, 1, leaves.length);
    leaves.forEach((_, i) => void branch.writeBigUInt64LE(BigInt(5 + i), 16 + i * 16 + 8));
    const bucket = Buffer.alloc(16);
    bucket.writeBigUInt64LE(4n, 0);
    const root = leaf(3, [
        [Buffer.from("alarm"), Buffer.alloc(32)],
        [Buffer.from("key"), bucket],
    ]);
    root.writeUInt32LE(1, 16);
    root.writeUInt32LE(1, 32);
    // The older meta page names a root that is none: a reader must take the newer one.
    return Buffer.concat([meta(0, 9n, 99n), meta(1, 10n, 3n), page(2, 0x10, 0), root, branch, ...leaves]);
}

function page(id: number, flags: number, count: number): Buffer {
    const made = Buffer.alloc(pageSize);
    made.writeBigUInt64LE(BigInt(id), 0);
    made.writeUInt16LE(flags, 8);
    made.writeUInt16LE(count, 10);
    return made;
}

function leaf(id: number, pairs: [Buffer, Buffer][]): Buffer {
    const made = page(id, 2, pairs.length);
    let at = 16 + pairs.length * 16;
    pairs.forEach(([key, value], i) => {
        const element = 16 + i * 16;
        made.writeUInt32LE(at - element, element + 4);
        made.writeUInt32LE(key.length, element + 8);
        made.writeUInt32LE(value.length, element + 12);
        key.copy(made, at);
        value.copy(made, at + key.length);
        at += key.length + value.length;
    });
    return made;
}

function meta(id: number, transaction: bigint, root: bigint): Buffer {
    const made = page(id, 4, 0);
    made.writeUInt32LE(0xed0cdaed, 16);
    made.writeUInt32LE(2, 20);
    made.writeUInt32LE(pageSize, 24);
    made.writeBigUInt64LE(root, 32);
    made.writeBigUInt64LE(transaction, 64);
    let hash = 0xcbf29ce484222325n;
    for (const byte of made.subarray(16, 72)) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) % (1n << 64n);
    made.writeBigUInt64LE(hash, 72);
    return made;
}

function varint(value: bigint): Buffer {
    const bytes: number[] = [];
    for (let rest = value; ; rest >>= 7n) {
        if (rest < 128n) return Buffer.from([...bytes, Number(rest)]);
        bytes.push(Number(rest & 127n) | 128);
    }
}

const varintField = (number: number, value: bigint) => Buffer.concat([varint(BigInt(number << 3)), varint(value)]);
const bytesField = (number: number, value: Buffer) =>
    Buffer.concat([varint(BigInt((number << 3) | 2)), varint(BigInt(value.length)), value]);
