/**
 * MurmurHash3, the 32-bit form for little-endian words (the algorithm is in the public domain). M3 takes it to tell a series'
 * shard (dbnode/sharding/shardset.go).
 */
export function murmur3(bytes: Uint8Array, seed = 0): number {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const whole = bytes.byteLength & ~3;
    let hash = seed;
    for (let at = 0; at < whole; at += 4) {
        hash ^= scrambled(view.getUint32(at, true));
        hash = (Math.imul(rotated(hash, 13), 5) + 0xe6546b64) | 0;
    }
    let rest = 0;
    for (let at = bytes.byteLength - 1; at >= whole; at -= 1) rest = (rest << 8) | view.getUint8(at);
    hash ^= scrambled(rest) ^ bytes.byteLength;
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return (hash ^ (hash >>> 16)) >>> 0;
}

const rotated = (word: number, bits: number) => (word << bits) | (word >>> (32 - bits));
const scrambled = (word: number) => Math.imul(rotated(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593);
