import type { KubeConfig } from "@kubernetes/client-node";
import { UserError } from "../../support/errors.ts";
import { waitFor } from "../../support/wait.ts";
import { type HttpCall, jsonOf } from "./http.ts";
import { kubernetesOver, type Pod } from "./kubernetes.ts";

export interface Workload {
    kind: "StatefulSet" | "Deployment";
    namespace: string;
    name: string;
}

/** What changes a cluster by its API server, for faults, their heals, and rebuilding a replica. */
export interface ClusterHands {
    /** Pods that it is to have, and how many of them are Ready and of its newest form. */
    workload(of: Workload): Promise<{ wanted: number; ready: number }>;
    scale(of: Workload, replicas: number): Promise<void>;
    /** Names of the pods behind a selector. */
    pods(namespace: string, selector: Record<string, string>): Promise<string[]>;
    /** `grace`: seconds that it gets to end; its own unless told. */
    deletePod(namespace: string, pod: string, grace?: number): Promise<void>;
    /** undefined: there is no such pod. */
    pod(namespace: string, pod: string): Promise<{ uid: string; ready: boolean } | undefined>;
    /** Runs a shell script in a pod's first container. Throws unless it ends with 0. */
    exec(namespace: string, pod: string, script: string): Promise<void>;
    /** Looks every second until it is so. Throws after `seconds`, saying what it waited for. */
    until(what: string, seconds: number, look: () => Promise<boolean>): Promise<void>;
}

interface Status {
    metadata: { generation?: number };
    spec: { replicas?: number };
    status?: { readyReplicas?: number; observedGeneration?: number };
}

/** The hands on a real cluster. */
export function clusterHands(call: HttpCall, config: KubeConfig, now = Date.now): ClusterHands {
    const kubernetes = kubernetesOver(call);
    const podPath = (namespace: string, pod: string) => `/api/v1/namespaces/${namespace}/pods/${pod}`;
    return {
        async workload(of) {
            const { metadata, spec, status } = jsonOf<Status>(await call(pathOf(of)), `GET ${of.name}`);
            // What it tells may be of before the last change.
            const current = (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
            return { wanted: spec.replicas ?? 1, ready: current ? (status?.readyReplicas ?? 0) : Number.NaN };
        },
        async scale(of, replicas) {
            const headers = { "Content-Type": "application/merge-patch+json" };
            const body = { spec: { replicas } };
            jsonOf(await call(`${pathOf(of)}/scale`, { method: "PATCH", headers, body }), `scale ${of.name}`);
        },
        async pods(namespace, selector) {
            return (await kubernetes.pods(namespace, selector)).map(({ metadata }) => metadata.name);
        },
        async deletePod(namespace, pod, grace) {
            const body = grace === undefined ? {} : { gracePeriodSeconds: grace };
            const answer = await call(podPath(namespace, pod), { method: "DELETE", body });
            if (answer.status !== 404) jsonOf(answer, `DELETE ${pod}`);
        },
        async pod(namespace, pod) {
            const answer = await call(podPath(namespace, pod));
            if (answer.status === 404) return undefined;
            const found = jsonOf<Pod & { metadata: { uid: string } }>(answer, `GET ${pod}`);
            const ready = found.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True");
            return { uid: found.metadata.uid, ready: ready === true && found.metadata.deletionTimestamp === undefined };
        },
        exec: (namespace, pod, script) => execIn(config, namespace, pod, script, now),
        async until(what, seconds, look) {
            await waitFor({ what, timeout: seconds, every: 1 }, look);
        },
    };
}

const pathOf = ({ kind, namespace, name }: Workload) =>
    `/apis/apps/v1/namespaces/${namespace}/${kind === "StatefulSet" ? "statefulsets" : "deployments"}/${name}`;

/** Seconds. */
const execLimit = 60;

async function execIn(
    config: KubeConfig,
    namespace: string,
    pod: string,
    script: string,
    now: () => number,
): Promise<void> {
    const { CoreV1Api, Exec } = await import("../../support/kubernetes-client.ts");
    const { PassThrough } = await import("node:stream");
    const { spec } = await config.makeApiClient(CoreV1Api).readNamespacedPod({ namespace, name: pod });
    const container = spec?.containers[0]?.name ?? "";
    const output = new PassThrough();
    let told = "";
    output.on("data", (chunk) => {
        told = (told + chunk).slice(-2000);
    });
    const started = now();
    let late: NodeJS.Timeout | undefined;
    const status = await new Promise<{ status?: string; message?: string }>((resolve, reject) => {
        late = setTimeout(() => reject(new Error(`no end within ${execLimit} s`)), execLimit * 1000);
        new Exec(config)
            .exec(namespace, pod, container, ["sh", "-c", script], output, output, null, false, resolve)
            .then((socket) => {
                socket.onerror = (event: { message: string }) => reject(new Error(event.message));
            }, reject);
    }).finally(() => clearTimeout(late));
    if (status.status === "Success") return;
    throw new UserError(`${pod}: a command in it failed`, {
        what: told.trim() || status.message || "no word from it",
        why: `after ${Math.round((now() - started) / 1000)} s`,
    });
}
