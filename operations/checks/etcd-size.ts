import type { Pod } from "../access/kubernetes.ts";
import { type Check, fail, pass } from "./check.ts";
import { askEtcd, type Status } from "./etcd.ts";

/** etcd's own, where no flag sets another (server/storage/quota.go). */
const defaultQuota = 2 * 2 ** 30;
/** Past this share of the quota, something writes more than M3's few megabytes. */
const fullShare = 0.8;
/** A file of more than this is worth a defragmentation when most of it is free. */
const worthIt = 64 * 2 ** 20;

/** What --quota-backend-bytes says; undefined where it does not. 0 means etcd's default. Pure. */
function quotaOf(pod: Pod): number | undefined {
    const words = (pod.spec.containers ?? []).flatMap(({ command = [], args = [] }) => [...command, ...args]);
    const at = words.findIndex((word) => word.startsWith("--quota-backend-bytes"));
    const text = words[at]?.includes("=") ? words[at]?.split("=")[1] : words[at + 1];
    return at < 0 ? undefined : Number(text) || undefined;
}

const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

export const etcdSize: Check = {
    id: "etcd.size",
    system: "etcd",
    title: "every etcd member's database is well below its quota",
    source: "etcd: /v3/maintenance/status (dbSize, dbSizeInUse); --quota-backend-bytes of the pods, 2 GiB unless set",
    means: "At its quota etcd refuses writes (alarm NOSPACE): placements, topics, elections and namespaces cannot change any more.",
    async run(context) {
        const { environment, kubernetes } = context;
        const [{ answers, errors }, pods] = await Promise.all([
            askEtcd<Status>(context, "/v3/maintenance/status", {}),
            kubernetes.pods(environment.namespace, environment.etcd.selector),
        ]);
        const wrong = [...errors];
        const seen: string[] = [];
        let reclaimable = false;
        let fullest = "";
        for (const { name, answer } of answers) {
            const pod = pods.find(({ metadata }) => metadata.name === name);
            // etcd 3.6 tells its quota itself.
            const quota = Number(answer.dbSizeQuota ?? 0) || (pod && quotaOf(pod)) || defaultQuota;
            const size = Number(answer.dbSize ?? 0);
            const used = Number(answer.dbSizeInUse ?? size);
            const free = size > 0 ? Math.round((1 - used / size) * 100) : 0;
            const line = `${name}: ${mib(size)} of ${mib(quota)}, ${free} % of it free`;
            seen.push(line);
            if (size > quota * fullShare) {
                wrong.push(line);
                fullest ||= name;
                reclaimable ||= size > worthIt && used < size / 2;
            }
        }
        if (wrong.length === 0) return pass(seen.join("; "));
        return fail(
            wrong,
            fullest === ""
                ? "a member did not answer"
                : reclaimable
                  ? "most of the file is free: it was full of old revisions, and only a defragmentation makes it smaller"
                  : "something other than M3 writes to this etcd, or compaction does not keep up (M3 keeps a few megabytes)",
            reclaimable
                ? `kubectl -n ${environment.namespace} exec ${fullest} -- env ETCDCTL_API=3 etcdctl defrag (one member after the other)`
                : `kubectl -n ${environment.namespace} exec ${fullest || environment.etcd.pods[0]} -- env ETCDCTL_API=3 etcdctl endpoint status -w table`,
        );
    },
};
