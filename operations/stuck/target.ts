import { UserError } from "../../support/errors.ts";
import { type Kubernetes, openKubernetes } from "../access/kubernetes.ts";
import { exitCodes } from "../cli/exit.ts";
import type { Values } from "../cli/verbs.ts";
import { readStackSettings } from "../doctor/settings.ts";
import { readEnvironment } from "../stack/environment.ts";
import { openSession } from "../stack/session.ts";

/** Which cluster is meant, and the way to it. */
export interface Target {
    kubernetes: Kubernetes;
    namespace: string;
    cluster: string;
    operatorNamespace: string;
}

interface Home {
    kubeconfig: string | null;
    context: string | null;
    namespace: string;
    cluster?: string;
}

/**
 * The environment's cluster unless another is named. An `up` that hangs leaves no environment to read: then the settings tell
 * where it is. Throws UserError when no such cluster is there.
 */
export async function findTarget(values: Values, say: (text: string) => void): Promise<Target> {
    const home = await homeOf(values, say);
    const namespace = textOf(values.namespace) ?? home.namespace;
    const kubernetes = await openKubernetes(home.kubeconfig, home.context);
    const clusters = await kubernetes.m3dbClusters(namespace).catch((error: Error) => {
        throw new UserError(
            "the Kubernetes API does not answer",
            { what: error.message, why: `kubeconfig ${home.kubeconfig ?? "of this user"}` },
            exitCodes.unavailable,
        );
    });
    const names = clusters.map(({ metadata }) => metadata.name);
    const own = namespace === home.namespace ? home.cluster : undefined;
    const cluster = chooseCluster(names, namespace, textOf(values.cluster), own);
    return { kubernetes, namespace, cluster, operatorNamespace: home.namespace };
}

/** Pure. Throws UserError naming those that there are. */
export function chooseCluster(names: string[], namespace: string, asked?: string, own?: string): string {
    const named = asked ?? (own !== undefined && names.includes(own) ? own : undefined);
    if (named !== undefined && names.includes(named)) return named;
    const [only, ...more] = names;
    if (named === undefined && only !== undefined && more.length === 0) return only;
    throw new UserError(
        named === undefined && more.length > 0
            ? `which of the M3DBClusters of ${namespace} is meant?`
            : `there is no M3DBCluster ${named ?? ""} in ${namespace}`.replace("  ", " "),
        {
            what: names.length === 0 ? "the namespace has none" : `there are: ${names.join(", ")}`,
            next: names.length === 0 ? "m3perf free --namespace NAMESPACE" : "m3perf free --cluster NAME",
        },
        names.length === 0 ? exitCodes.unavailable : exitCodes.usage,
    );
}

async function homeOf(values: Values, say: (text: string) => void): Promise<Home> {
    // Not in the try: of a lab that is down the settings name no cluster, and this user's own must not be taken for it.
    const session = await openSession(values, { say });
    try {
        const { kubeconfig, context, namespace, cluster } = await readEnvironment(session);
        return { kubeconfig, context, namespace, cluster: cluster.name };
    } catch (error) {
        if (!(error instanceof UserError) || error.exitCode !== exitCodes.unavailable) throw error;
        const { access, scenario } = readStackSettings(values).settings;
        say("the stack has no environment yet: its settings tell where the cluster is");
        return { kubeconfig: access.path, context: access.context, namespace: scenario.namespace };
    }
}

const textOf = (value: string | boolean | undefined) => (typeof value === "string" ? value : undefined);
