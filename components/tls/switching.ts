import { UserError } from "../../support/errors.ts";
import { etcdName } from "../m3/etcd-manifests.ts";

/**
 * etcd keeps m3perf:tls.etcd as it was made. Members of two kinds do not hear each other, so a roll from one kind to the other passes a
 * moment without a quorum, and the addresses that members know of each other are in their data.
 */
export function switchProblem(namespace: string, wanted: boolean, args: string[] | undefined): UserError | undefined {
    const listens = args?.find((word) => word.startsWith("--listen-client-urls="));
    if (listens === undefined) return undefined; // there is no etcd yet
    const has = listens.includes("=https://");
    if (has === wanted) return undefined;
    const kind = (tls: boolean) => (tls ? "TLS" : "plain text");
    return new UserError(`etcd cannot go from ${kind(has)} to ${kind(wanted)} while it runs; nothing was changed`, {
        what: `m3perf:tls.etcd = ${wanted}, but StatefulSet ${namespace}/${etcdName} was made with ${has}`,
        why: "members that speak TLS and members that do not make no quorum, and without one nothing of M3 that restarts comes up again",
        next: `put ${has} back; or make the environment anew with ${wanted}: pulumi destroy, which deletes its samples, and up`,
    });
}
