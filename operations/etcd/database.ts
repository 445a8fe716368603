import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { messageOf, UserError } from "../../support/errors.ts";
import { exitCodes } from "../cli/exit.ts";
import { bucketOf } from "./bolt.ts";
import type { KeyValue } from "./client.ts";

/** Bytes of the SHA-256 that etcd appends to a snapshot (etcd 3.4, etcdserver/api/v3rpc/maintenance.go). */
const digest = 32;

/** What a snapshot's file says. Throws UserError when it is not there, not whole or not etcd's. */
export function readSnapshot(file: string) {
    const { bytes, sha256, keys, revision } = snapshotOf(file);
    return { bytes, sha256, keys: keys.length, revision };
}

/** The same with the keys. The whole file is read at once: etcd's quota keeps it to 512 MiB (components/m3/etcd-manifests.ts). */
export function snapshotOf(file: string): { bytes: number; sha256: string; revision: number; keys: KeyValue[] } {
    try {
        const content = readFileSync(file);
        // A database is a whole number of 512 bytes: so is told whether the digest is there.
        if (content.length % 512 !== digest) {
            throw new Error(`${content.length} bytes: cut, or without the digest that etcd appends`);
        }
        const database = content.subarray(0, -digest);
        const sha256 = createHash("sha256").update(database).digest();
        if (!sha256.equals(content.subarray(-digest)))
            throw new Error("its content does not have the digest at its end");
        return { bytes: content.length, sha256: sha256.toString("hex"), ...keysOf(database) };
    } catch (error) {
        throw new UserError(
            "this is no whole snapshot of etcd",
            { what: file, why: messageOf(error), next: "take another: m3perf etcd snapshot" },
            exitCodes.usage,
        );
    }
}

/**
 * The keys as they were at the last revision. etcd keeps every revision that is not compacted: bucket "key", by main revision (8
 * bytes, big endian), "_", sub revision, and "t" where it is a deletion (mvcc/revision.go).
 */
function keysOf(database: Buffer): { keys: KeyValue[]; revision: number } {
    const latest = new Map<string, KeyValue>();
    let revision = 0;
    for (const { key: at, value } of bucketOf(database, "key")) {
        revision = Number(at.readBigUInt64BE(0));
        const pair = keyValueOf(value);
        const name = pair.key.toString("latin1");
        if (at.length === 18) latest.delete(name);
        else latest.set(name, pair);
    }
    return { revision, keys: [...latest.values()].sort((a, b) => Buffer.compare(a.key, b.key)) };
}

/** mvccpb.KeyValue: 1 key, 5 value, 6 lease (and revisions, which are not restored). Pure. */
function keyValueOf(message: Buffer): KeyValue {
    const found: KeyValue = { key: Buffer.alloc(0), value: Buffer.alloc(0), lease: "0" };
    let at = 0;
    const varint = () => {
        let result = 0n;
        for (let shift = 0n; ; shift += 7n) {
            const byte = message[at++];
            if (byte === undefined || shift > 63n) throw new Error("a key's record is cut");
            result |= BigInt(byte & 127) << shift;
            if (byte < 128) return result;
        }
    };
    while (at < message.length) {
        const tag = Number(varint());
        const number = tag >> 3;
        if ((tag & 7) === 0) {
            const value = varint();
            if (number === 6) found.lease = String(value);
        } else if ((tag & 7) === 2) {
            const length = Number(varint());
            const bytes = message.subarray(at, at + length);
            if (bytes.length < length) throw new Error("a key's record is cut");
            at += length;
            if (number === 1) found.key = bytes;
            if (number === 5) found.value = bytes;
        } else throw new Error("a key's record is of a form that etcd 3 does not write");
    }
    return found;
}
