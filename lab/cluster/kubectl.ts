import { exec, run } from "../../support/exec.ts";
import { waitFor } from "../../support/wait.ts";
import type { Tools } from "../types.ts";
import { allHosts } from "./addresses.ts";
import { pastProxy } from "./proxy.ts";

/** The lab's own kubectl, as its administrator. */
export interface Kubectl {
    (args: string[], input?: string): Promise<string>;
    /** Parsed `-o json`. */
    json<T>(args: string[]): Promise<T>;
}

interface NodeList {
    items: { metadata: { name: string }; status: { conditions?: { type: string; status: string }[] } }[];
}

export function kubectl(tools: Pick<Tools, "path">, kubeconfig: string, signal?: AbortSignal): Kubectl {
    const call = (args: string[], input?: string) =>
        run(tools.path("kubectl"), ["--kubeconfig", kubeconfig, "--request-timeout=20s", ...args], {
            timeout: 120,
            env: environment(),
            ...(input === undefined ? {} : { input }),
            ...(signal ? { signal } : {}),
        });
    return Object.assign(call, {
        json: async <T>(args: string[]) => JSON.parse(await call([...args, "-o", "json"])) as T,
    });
}

const environment = () => ({ ...process.env, ...pastProxy([allHosts]) });

/** Server-side apply; the lab is the manager of its fields. */
export async function applyObjects(kubectl: Kubectl, objects: readonly object[]): Promise<void> {
    const list = { apiVersion: "v1", kind: "List", items: objects };
    const flags = ["--server-side", "--field-manager=m3perf-lab", "--force-conflicts"];
    await kubectl(["apply", ...flags, "-f", "-"], JSON.stringify(list));
}

/** Names of the nodes that are Ready. */
export async function readyNodes(kubectl: Kubectl): Promise<string[]> {
    const { items } = await kubectl.json<NodeList>(["get", "nodes"]);
    return items
        .filter(({ status }) => status.conditions?.some(({ type, status }) => type === "Ready" && status === "True"))
        .map(({ metadata }) => metadata.name);
}

/** When the node's kubelet last renewed its lease: proof of life that a "Ready" of before is not. */
export async function leaseRenewed(kubectl: Kubectl, node: string): Promise<Date> {
    const lease = ["--namespace", "kube-node-lease", "get", "lease", node];
    return new Date((await kubectl.json<{ spec: { renewTime: string } }>(lease)).spec.renewTime);
}

/** Whether the API server says that it is ready. */
export async function apiServerReady(tools: Pick<Tools, "path">, kubeconfig: string): Promise<boolean> {
    const args = ["--kubeconfig", kubeconfig, "--request-timeout=2s", "get", "--raw", "/readyz"];
    return (await exec(tools.path("kubectl"), args, { timeout: 10, env: environment() })).code === 0;
}

interface Workload {
    metadata: { name: string; namespace: string; generation?: number };
    spec: { replicas?: number };
    status?: { readyReplicas?: number; observedGeneration?: number; updatedReplicas?: number };
}

/** Waits until every named Deployment has its replicas ready. */
export async function waitForDeployments(
    kubectl: Kubectl,
    names: { namespace: string; name: string }[],
    options: { timeout: number; note?: (text: string) => void; signal?: AbortSignal },
): Promise<void> {
    const what = names.map(({ name }) => name).join(", ");
    const { timeout, signal, note } = options;
    await waitFor({ what: `the add-ons ${what}`, timeout, every: 0.5, ...(signal ? { signal } : {}) }, async () => {
        const { items } = await kubectl.json<{ items: Workload[] }>(["get", "deployments", "--all-namespaces"]);
        const pending = names.filter(({ namespace, name }) => {
            const found = items.find(({ metadata }) => metadata.name === name && metadata.namespace === namespace);
            const wanted = found?.spec.replicas ?? 1;
            return (
                found?.status?.observedGeneration !== found?.metadata.generation ||
                (found?.status?.readyReplicas ?? 0) < wanted ||
                (found?.status?.updatedReplicas ?? 0) < wanted
            );
        });
        if (pending.length === 0) return true;
        note?.(`waiting for ${pending.map(({ name }) => name).join(", ")}`);
        const reasons = await Promise.all(pending.map(async (one) => `${one.name}: ${await podTrouble(kubectl, one)}`));
        throw new Error(`not ready: ${reasons.join("; ")}`);
    });
}

interface ContainerState {
    reason?: string;
    message?: string;
}

interface Pod {
    metadata: { name: string };
    status: {
        phase?: string;
        conditions?: { type: string; status: string; message?: string }[];
        containerStatuses?: { state?: { waiting?: ContainerState; terminated?: ContainerState } }[];
    };
}

/** Why a Deployment's pods are not ready, as far as the API tells. */
async function podTrouble(kubectl: Kubectl, { namespace, name }: { namespace: string; name: string }): Promise<string> {
    const { items } = await kubectl.json<{ items: Pod[] }>(["--namespace", namespace, "get", "pods"]);
    const own = items.filter(({ metadata }) => metadata.name.startsWith(`${name}-`));
    const told = own.flatMap(({ status }) => [
        ...(status.containerStatuses ?? []).flatMap(({ state }) => state?.waiting ?? state?.terminated ?? []),
        ...(status.conditions ?? []).filter((one) => one.type === "PodScheduled" && one.status === "False"),
    ]);
    const texts = told.map((one) => [("reason" in one && one.reason) || "", one.message].filter(Boolean).join(": "));
    return [...new Set(texts)].join(", ") || own.map(({ status }) => status.phase).join(", ") || "no pod yet";
}
