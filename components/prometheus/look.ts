import type { ExistingPrometheus, OperatedPrometheus } from "../../settings/site.ts";
import { messageOf } from "../../support/errors.ts";
import { type Clients, clientsOf } from "../kubernetes.ts";
import { driftOf } from "./attachment.ts";
import { resourceAt } from "./live-resource.ts";
import { serverAt } from "./live-server.ts";
import { resourceDrift } from "./resource-attachment.ts";
import { workloadOf } from "./target.ts";

/** What the program sees of a Prometheus before it declares anything. */
export interface Look {
    /** Part of what is attached: the same as long as nobody has changed what we set, so that nothing is done then. */
    since: string;
    /** For a person: what others have changed, or why it is not known. */
    warning?: string;
}

/** No preview waits longer for a cluster that does not answer. */
const limit = 10_000;

/**
 * A command runs only when its input changes, and an edit by others changes nothing of it. So the program looks: `since` is when
 * ours was last attached, kept beside Prometheus; where what we set is no longer there, it is now. Then the preview shows an update,
 * and `up` attaches again. Reads only; no content of prometheus.yml gets into the stack's state.
 */
export async function lookAt(
    prometheus: ExistingPrometheus | OperatedPrometheus,
    kubeconfig: string,
    now: () => string,
): Promise<Look> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error(`no answer for ${limit / 1000} s`)), limit);
    });
    try {
        return await Promise.race([late, look(prometheus, kubeconfig, now)]);
    } catch (error) {
        const warning = `whether others have changed Prometheus is not known: ${messageOf(error)}`;
        return { since: now(), warning };
    } finally {
        clearTimeout(timer);
    }
}

async function look(
    prometheus: ExistingPrometheus | OperatedPrometheus,
    kubeconfig: string,
    now: () => string,
): Promise<Look> {
    const { since, drift } = await (prometheus.kind === "operator"
        ? ofResource(clientsOf(kubeconfig), prometheus)
        : ofServer(clientsOf(kubeconfig), prometheus));
    if (since === undefined) return { since: now() };
    if (drift.length === 0) return { since };
    return {
        since: now(),
        warning: `others have changed what m3perf had set in Prometheus: ${drift.join(", ")}; up sets it again and leaves their other changes`,
    };
}

async function ofServer(clients: Clients, prometheus: ExistingPrometheus) {
    const { state, kept } = await serverAt(clients, { ...prometheus, workload: workloadOf(prometheus) }, 0).read();
    return { since: kept?.since, drift: kept ? driftOf(state, kept) : [] };
}

async function ofResource(clients: Clients, { namespace, name }: OperatedPrometheus) {
    const { state, kept } = await resourceAt(clients, { namespace, name }, 0).read();
    return { since: kept?.since, drift: kept ? resourceDrift(state, kept) : [] };
}
