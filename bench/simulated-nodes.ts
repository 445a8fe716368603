/**
 * Nodes and pods that kwok simulates, under Kubernetes' own scheduler: pods go where taints, affinities and volumes let them, and are
 * Ready as soon as kwok gets to them; no process of theirs runs.
 */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureTools } from "../lab/tools/index.ts";
import { createProgress } from "../support/progress.ts";
import { waitFor } from "../support/wait.ts";
import { type ApiServer, type Child, freePort, startChild } from "../test/support/apiserver.ts";
import { binary } from "../test/support/binaries.ts";
import { type GoModule, goModule } from "../test/support/go-module.ts";
import type { Kubelets } from "../test/support/kubelets.ts";

/** What nodes and pods do is data of kwok's own; "fast": with no delay of theirs. A test holds the sum against that of the tool's go.sum. */
export const kwok: GoModule = {
    path: "sigs.k8s.io/kwok",
    version: "v0.8.0",
    sum: "h1:OTIOTwgROqPMovcTwxICx2eYQ4AwLpSx5EpjbDKF4SQ=",
};
const stages = ["node/fast", "node/heartbeat", "pod/fast"];

/** kwok leaves all others alone. */
const [annotation, value] = ["kwok.x-k8s.io/node", "fake"] as const;
/** More than the environment's own claims: etcd's. */
const volumes = 10;

/** Makes the nodes, and one more that takes what tolerates no taint; resolves when all are Ready. */
export async function simulate(api: ApiServer, nodes: string[]): Promise<Kubelets> {
    const tools = await ensureTools({ sets: ["kwok"], progress: createProgress() });
    const folder = mkdtempSync(join(tmpdir(), "m3perf-kwok-"));
    const port = await freePort();
    const kubeconfig = `--kubeconfig=${api.kubeconfig}`;
    const children = [
        startChild(tools.path("kwok"), [kubeconfig, ...(await kwokArguments())], join(folder, "kwok.log")),
        startChild(
            binary("kube-scheduler"),
            [
                ...[kubeconfig, "--bind-address=127.0.0.1", `--secure-port=${port}`],
                ...[`--cert-dir=${folder}`, "--leader-elect=false", "--profiling=false"],
            ],
            join(folder, "kube-scheduler.log"),
        ),
    ];
    const stop = async () => {
        await Promise.all(children.map((child) => child.stop()));
        rmSync(folder, { recursive: true, force: true });
    };
    try {
        for (let index = 0; index < volumes; index += 1) await create(api, "/api/v1/persistentvolumes", volume(index));
        await createNodes(api, [...nodes, "others"], children);
        return { stop };
    } catch (error) {
        await stop();
        throw error;
    }
}

async function kwokArguments(): Promise<string[]> {
    const dir = await goModule(kwok);
    const files = stages.flatMap((stage) => {
        const of = join(dir, "kustomize/stage", stage);
        return readdirSync(of)
            .filter((name) => name.endsWith(".yaml") && name !== "kustomization.yaml")
            .map((name) => `--config=${join(of, name)}`);
    });
    const ours = `--manage-nodes-with-annotation-selector=${annotation}=${value}`;
    return [ours, "--node-lease-duration-seconds=0", ...files];
}

async function createNodes(api: ApiServer, names: string[], needed: Child[]): Promise<void> {
    for (const name of names) {
        const labels = { "kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64" };
        await create(api, "/api/v1/nodes", { metadata: { name, labels, annotations: { [annotation]: value } } });
    }
    await waitFor({ what: `${names.length} nodes to be Ready`, timeout: 180, every: 1 }, async () => {
        for (const child of needed) child.check();
        return (await readyNodes(api)) === names.length;
    });
    // Admission taints a new node until it is Ready; the node lifecycle controller, which takes that away, is not there.
    for (const name of names)
        await api.call("PATCH", `/api/v1/nodes/${name}`, { spec: { taints: [] } }, "application/merge-patch+json");
}

async function create(api: ApiServer, path: string, body: object): Promise<void> {
    const { status, body: answer } = await api.call("POST", path, body);
    assert.equal(status, 201, JSON.stringify(answer));
}

interface Nodes {
    items: { status: { conditions?: { type: string; status: string }[] } }[];
}

async function readyNodes(api: ApiServer): Promise<number> {
    const { body } = await api.call<Nodes>("GET", "/api/v1/nodes");
    const ready = ({ type, status }: { type: string; status: string }) => type === "Ready" && status === "True";
    return body.items.filter(({ status }) => status.conditions?.some(ready)).length;
}

/** There is no provisioner: the volumes are there before. */
const volume = (index: number) => ({
    metadata: { name: `volume-${index}` },
    spec: {
        capacity: { storage: "100Gi" },
        accessModes: ["ReadWriteOnce"],
        storageClassName: "local-path",
        hostPath: { path: `/volume-${index}` },
    },
});
