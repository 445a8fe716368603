import type { Environment } from "../../settings/environment.ts";
import { messageOf, UserError } from "../../support/errors.ts";
import { jsonOf } from "../access/http.ts";
import type { Kubernetes } from "../access/kubernetes.ts";
import { exitCodes } from "../cli/exit.ts";

/** A key of etcd. `lease`: it goes with its owner (an election), "0": it stays. */
export interface KeyValue {
    key: Buffer;
    value: Buffer;
    lease: string;
}

export interface Header {
    member_id: string;
    revision?: string;
}

export const clientPort = 2379;
/** From the first key to the last: etcd takes a zero byte on both ends for that (what `--prefix ""` stands for). */
export const everything = { key: "AA==", range_end: "AA==" };

export type AskEtcd = <T>(path: string, body: unknown) => Promise<T>;

/** etcd's JSON gateway by the environment's own members and no other, in turn until one answers. */
export function etcdOf(environment: Environment, kubernetes: Kubernetes): AskEtcd {
    const { namespace, etcd } = environment;
    return async <T>(path: string, body: unknown) => {
        const errors: string[] = [];
        for (const pod of etcd.pods) {
            try {
                const answer = await kubernetes.pod(namespace, pod, clientPort, path, { method: "POST", body });
                return jsonOf<T>(answer, `${pod} ${path}`);
            } catch (error) {
                errors.push(messageOf(error));
            }
        }
        throw new UserError(
            "no member of etcd answered",
            {
                what: errors.join("\n    "),
                next: "m3perf etcd status; without a quorum etcd neither tells nor changes",
            },
            exitCodes.unavailable,
        );
    };
}

/** Every key, as a majority has it, and the revision that this is. */
export async function readKeys(ask: AskEtcd): Promise<{ keys: KeyValue[]; revision: number }> {
    const { header, kvs = [] } = await ask<{ header: Header; kvs?: { key: string; value?: string; lease?: string }[] }>(
        "/v3/kv/range",
        everything,
    );
    const keys = kvs.map(({ key, value = "", lease = "0" }) => ({
        key: Buffer.from(key, "base64"),
        value: Buffer.from(value, "base64"),
        lease,
    }));
    return { keys, revision: Number(header.revision ?? 0) };
}

export interface Prefix {
    prefix: string;
    /** What M3 keeps there. */
    what: string;
    keys: number;
    bytes: number;
}

/** Source: M3 1.5.0, src/cluster/client/etcd/options.go and client.go. */
const meanings: Record<string, string> = {
    "_sd.placement/": "placements of m3db and m3coordinator",
    "/placement/": "placements of m3aggregator",
    "_kv/": "namespaces, run-time options, flush times",
    "_ld/": "leader elections",
    "/topic/": "m3msg topics",
};

/** Keys by the first part of their names; bytes are of keys and values, as they are now. Pure. */
export function byPrefix(keys: Pick<KeyValue, "key" | "value">[]): Prefix[] {
    const found = new Map<string, Prefix>();
    for (const { key, value } of keys) {
        const name = key.toString();
        const prefix = /^\/?[^/]*\//.exec(name)?.[0] ?? name;
        const group = found.get(prefix) ?? {
            prefix,
            what: meanings[prefix] ?? "not known to m3perf",
            keys: 0,
            bytes: 0,
        };
        group.keys += 1;
        group.bytes += key.length + value.length;
        found.set(prefix, group);
    }
    return [...found.values()].sort((a, b) => (a.prefix < b.prefix ? -1 : 1));
}

/** Whether M3 holds data: it has a placement and namespaces, so its nodes serve (M3 1.5.0, src/cluster/placement, src/dbnode/kvconfig). */
export function heldData(keys: Pick<KeyValue, "key" | "value">[], environment: Environment): boolean {
    const { m3Environment } = environment.cluster;
    const filled = (name: string) => keys.some(({ key, value }) => key.toString() === name && value.length > 0);
    return filled(`_sd.placement/${m3Environment}/m3db`) && filled(`_kv/${m3Environment}/m3db.node.namespaces`);
}
