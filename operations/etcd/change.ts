import { UserError } from "../../support/errors.ts";
import { type AskEtcd, everything, type Header, type KeyValue, readKeys } from "./client.ts";

/** What makes the keys that are there those of a snapshot. */
export interface Plan {
    put: KeyValue[];
    remove: KeyValue[];
    same: number;
    /** Keys of the snapshot that belonged to a lease: elections, whose owners are gone or make them anew. */
    leased: number;
    /** Flush times that are there already, whatever they say. */
    flushTimes: number;
}

/**
 * What an aggregator's leader writes after each flush (flushTimesKeyFmt of the aggregator's configuration). One that is there is
 * newer than a snapshot's: the next leader goes by it.
 */
const isFlushTimes = (name: string) => /\/shardset\/\d+\/flush$/.test(name);

/**
 * Keys with a lease are left alone on both sides: they are of processes that run, and a lease cannot be put back.
 * Flush times are put where there are none. Pure.
 */
export function planRestore(there: KeyValue[], wanted: KeyValue[]): Plan {
    const lasting = (keys: KeyValue[]) => keys.filter(({ lease }) => lease === "0");
    const now = new Map(lasting(there).map((pair) => [pair.key.toString("latin1"), pair]));
    const then = new Map(lasting(wanted).map((pair) => [pair.key.toString("latin1"), pair]));
    const moving = (name: string) => isFlushTimes(name) && now.has(name);
    const flushTimes = [...then.keys()].filter(moving).length;
    const put = [...then]
        .filter(([name, { value }]) => !moving(name) && !now.get(name)?.value.equals(value))
        .map(([, pair]) => pair);
    const remove = [...now].filter(([name]) => !then.has(name)).map(([, pair]) => pair);
    return { put, remove, same: then.size - put.length - flushTimes, leased: wanted.length - then.size, flushTimes };
}

type Operation = object;

/** etcd takes at most 128 operations and 1.5 MiB in one transaction (--max-txn-ops, --max-request-bytes). */
const most = { operations: 100, bytes: 1 << 20 };

/** Transactions for a plan, each of which happens whole or not at all; M3's few keys fit into one. Pure. */
export function transactionsOf({ put, remove }: Pick<Plan, "put" | "remove">): Operation[][] {
    const operations = [
        ...put.map(({ key, value }) => ({
            bytes: key.length + value.length,
            operation: { request_put: { key: key.toString("base64"), value: value.toString("base64") } },
        })),
        ...remove.map(({ key }) => ({
            bytes: key.length,
            operation: { request_delete_range: { key: key.toString("base64") } },
        })),
    ];
    const batches: Operation[][] = [];
    let bytes = 0;
    for (const each of operations) {
        const last = batches.at(-1);
        if (last && last.length < most.operations && bytes + each.bytes <= most.bytes) {
            last.push(each.operation);
            bytes += each.bytes;
        } else {
            batches.push([each.operation]);
            bytes = each.bytes;
        }
    }
    return batches;
}

/** Runs a plan, then reads what is there. Interrupted, it is simply run again: what is done is not planned a second time. */
export async function restoreKeys(ask: AskEtcd, plan: Plan, wanted: KeyValue[]): Promise<number> {
    for (const success of transactionsOf(plan)) {
        const { succeeded } = await ask<{ succeeded?: boolean }>("/v3/kv/txn", { success });
        if (succeeded !== true) throw new Error("etcd did not take a transaction");
    }
    const { keys, revision } = await readKeys(ask);
    const left = planRestore(keys, wanted);
    // M3 may have changed one since (a namespace added, a placement that goes on), so only what is missing is a fault.
    const missing = left.put.filter(({ key }) => !keys.some((pair) => pair.key.equals(key)));
    if (missing.length > 0) {
        throw new UserError("not every key is back", {
            what: missing.map(({ key }) => key.toString()).join(", "),
            why: "something deletes keys of this etcd at the same time",
            next: "run the same command again",
        });
    }
    return revision;
}

/** What `etcdctl del --prefix ""` does. Returns how many keys went. */
export async function deleteAll(ask: AskEtcd): Promise<{ deleted: number; revision: number }> {
    const { header, deleted } = await ask<{ header: Header; deleted?: string }>("/v3/kv/deleterange", everything);
    return { deleted: Number(deleted ?? 0), revision: Number(header.revision ?? 0) };
}
