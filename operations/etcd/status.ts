import type { Environment } from "../../settings/environment.ts";
import { messageOf } from "../../support/errors.ts";
import { jsonOf } from "../access/http.ts";
import type { Kubernetes } from "../access/kubernetes.ts";
import { askEach } from "../checks/check.ts";
import { columns } from "../cli/columns.ts";
import { byPrefix, clientPort, etcdOf, type Header, type Prefix, readKeys } from "./client.ts";

export interface Member {
    pod: string;
    leader: boolean;
    version: string;
    revision: number;
    raftTerm: number;
    dbSize: number;
    dbSizeInUse: number;
    errors: string[];
}

export interface EtcdStatus {
    members: Member[];
    /** The pod that leads; null: none is known. */
    leader: string | null;
    alarms: string[];
    prefixes: Prefix[];
    /** What did not answer. */
    problems: string[];
}

interface Answer {
    header: Header;
    version: string;
    leader?: string;
    raftTerm?: string;
    dbSize?: string;
    dbSizeInUse?: string;
    errors?: string[];
}

/** Each member is asked by itself; what does not answer is told and hides nothing else. */
export async function etcdStatus(environment: Environment, kubernetes: Kubernetes): Promise<EtcdStatus> {
    const { namespace, etcd } = environment;
    const { answers, errors } = await askEach(etcd.pods, async (pod) =>
        jsonOf<Answer>(
            await kubernetes.pod(namespace, pod, clientPort, "/v3/maintenance/status", { method: "POST", body: {} }),
            "status",
        ),
    );
    const problems = [...errors];
    const members = answers.map(({ name, answer }) => ({
        pod: name,
        leader: answer.leader !== undefined && answer.leader !== "0" && answer.leader === answer.header.member_id,
        version: answer.version,
        revision: Number(answer.header.revision ?? 0),
        raftTerm: Number(answer.raftTerm ?? 0),
        dbSize: Number(answer.dbSize ?? 0),
        dbSizeInUse: Number(answer.dbSizeInUse ?? 0),
        errors: answer.errors ?? [],
    }));
    const ask = etcdOf(environment, kubernetes);
    const told = async <T>(what: Promise<T>, otherwise: T) =>
        what.catch((error: unknown) => {
            problems.push(messageOf(error));
            return otherwise;
        });
    const [alarms, prefixes] = await Promise.all([
        told(
            ask<{ alarms?: { memberID: string; alarm: string }[] }>("/v3/maintenance/alarm", { action: "GET" }).then(
                ({ alarms = [] }) => [...new Set(alarms.map(({ alarm }) => alarm))],
            ),
            [],
        ),
        told(
            readKeys(ask).then(({ keys }) => byPrefix(keys)),
            [],
        ),
    ]);
    return { members, leader: members.find(({ leader }) => leader)?.pod ?? null, alarms, prefixes, problems };
}

/** For a person. Pure. */
export function statusText({ members, leader, alarms, prefixes, problems }: EtcdStatus): string {
    const rows = members.map((member) => [
        member.pod,
        member.leader ? "leader" : "follower",
        member.version,
        String(member.revision),
        String(member.raftTerm),
        bytesText(member.dbSize),
        bytesText(member.dbSizeInUse),
        member.errors.join("; "),
    ]);
    return [
        ...columns([["MEMBER", "ROLE", "VERSION", "REVISION", "TERM", "SIZE", "IN USE", ""], ...rows]),
        `leader: ${leader ?? "none known"}; alarms: ${alarms.join(", ") || "none"}`,
        "",
        ...prefixTable(prefixes),
        ...problems.map((line) => `problem: ${line}`),
        "",
    ].join("\n");
}

export function prefixTable(prefixes: Prefix[]): string[] {
    const rows = prefixes.map(({ prefix, keys, bytes, what }) => [prefix, String(keys), bytesText(bytes), what]);
    return columns([["PREFIX", "KEYS", "BYTES", "WHAT"], ...rows]);
}

export function bytesText(bytes: number): string {
    if (bytes < 1024) return `${bytes} B`;
    return bytes < 1024 ** 2 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
}
