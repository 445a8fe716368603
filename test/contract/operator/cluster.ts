import { setTimeout as wait } from "node:timers/promises";
import { m3dbClusterDefinition } from "../../../components/m3/operator-crd.ts";
import { operatorBinding, operatorName, operatorRole } from "../../../components/m3/operator-manifests.ts";
import type { M3DBCluster, Pod, StatefulSet } from "../../../lab/operator/types.ts";
import { waitFor } from "../../../support/wait.ts";
import type { Answer, ApiServer } from "../../support/apiserver.ts";
import { makeCluster } from "../../unit/operator/fixtures.ts";

const merge = "application/merge-patch+json";

/** A cluster's life seen from outside: what users and the kubelets do, and what can be read. */
export class TestCluster {
    readonly #api: ApiServer;
    readonly namespace: string;
    readonly #stopKubelet = new AbortController();
    #kubelet: Promise<void> | undefined;
    /** Pods that the kubelet leaves unready. */
    unready = new Set<string>();

    constructor(api: ApiServer, namespace: string) {
        this.#api = api;
        this.namespace = namespace;
    }

    async create(spec: Partial<M3DBCluster["spec"]>): Promise<void> {
        const { apiVersion, kind, spec: base } = makeCluster(spec);
        await this.#call("POST", "/api/v1/namespaces", { metadata: { name: this.namespace } });
        const object = { apiVersion, kind, metadata: { name: "m3-cluster" }, spec: base };
        await this.#call("POST", this.#path("clusters"), object);
        this.#kubelet = this.#readyPods();
    }

    async patch(patch: object): Promise<void> {
        await this.#call("PATCH", `${this.#path("clusters")}/m3-cluster`, patch, merge);
    }

    async annotateSet(name: string, annotations: Record<string, string>): Promise<void> {
        await this.#call("PATCH", `${this.#path("sets")}/${name}`, { metadata: { annotations } }, merge);
    }

    async delete(): Promise<void> {
        await this.#call("DELETE", `${this.#path("clusters")}/m3-cluster`);
    }

    async deletePod(name: string): Promise<void> {
        await this.#call("DELETE", `${this.#path("pods")}/${name}?gracePeriodSeconds=0`);
    }

    async stop(): Promise<void> {
        this.#stopKubelet.abort();
        await this.#kubelet;
    }

    async get(): Promise<M3DBCluster | undefined> {
        return this.#find<M3DBCluster>(`${this.#path("clusters")}/m3-cluster`);
    }

    async set(name: string): Promise<StatefulSet | undefined> {
        return this.#find<StatefulSet>(`${this.#path("sets")}/${name}`);
    }

    async read<T>(path: string): Promise<T> {
        return (await this.#call<T>("GET", path)).body;
    }

    async pods(): Promise<Pod[]> {
        return (await this.read<{ items: Pod[] }>(this.#path("pods"))).items;
    }

    /** Events on the cluster and its pods as "Type reason: message". */
    async events(): Promise<string[]> {
        const { items } = await this.read<{ items: { type: string; reason: string; message: string }[] }>(
            `/api/v1/namespaces/${this.namespace}/events?fieldSelector=source=m3db-controller`,
        );
        return items.map(({ type, reason, message }) => `${type} ${reason}: ${message}`);
    }

    async conditions(): Promise<Record<string, string>> {
        const { status } = (await this.get()) ?? {};
        return Object.fromEntries((status?.conditions ?? []).map(({ type, status: value }) => [type, value]));
    }

    until<T>(what: string, look: () => Promise<T | undefined | false>, timeout = 20): Promise<T> {
        return waitFor({ what, timeout, every: 0.1 }, look);
    }

    bootstrapped(): Promise<true> {
        return this.until("PodsBootstrapping=False", async () => {
            const conditions = await this.conditions();
            return conditions.PlacementInitialized === "True" && conditions.PodsBootstrapping === "False" && true;
        });
    }

    /** A refusal throws: an API server that is just starting answers with a Status, which is no list and no cluster. */
    async #call<T>(method: string, path: string, body?: object, contentType?: string): Promise<Answer<T>> {
        const answer = await this.#api.call<T>(method, path, body, contentType);
        if (answer.status >= 400) {
            throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
        }
        return answer;
    }

    async #find<T>(path: string): Promise<T | undefined> {
        const { status, body } = await this.#api.call<T>("GET", path);
        if (status === 404) return undefined;
        if (status >= 400) throw new Error(`GET ${path}: ${status} ${JSON.stringify(body)}`);
        return body;
    }

    #path(what: "clusters" | "sets" | "pods"): string {
        const space = `namespaces/${this.namespace}`;
        if (what === "clusters") return `/apis/operator.m3db.io/v1alpha1/${space}/m3dbclusters`;
        return what === "sets" ? `/apis/apps/v1/${space}/statefulsets` : `/api/v1/${space}/pods`;
    }

    /** The kubelets' part: a db node starts once its identity is there, and is then ready. */
    async #readyPods(): Promise<void> {
        const { signal } = this.#stopKubelet;
        while (!signal.aborted) {
            for (const pod of await this.pods().catch(() => [])) {
                const { name, annotations } = pod.metadata;
                const { conditions = [] } =
                    (pod as { status?: { conditions?: { type: string; status: string }[] } }).status ?? {};
                const ready = conditions.some(({ type, status }) => type === "Ready" && status === "True");
                const wanted = annotations?.["operator.m3db.io/pod-identity"] !== undefined && !this.unready.has(name);
                if (ready === wanted) continue;
                const now = new Date().toISOString().replace(/\.\d+Z$/, "Z");
                const condition = (type: string) => ({
                    type,
                    status: wanted ? "True" : "False",
                    lastTransitionTime: now,
                });
                const status = {
                    phase: "Running",
                    conditions: ["Initialized", "ContainersReady", "Ready"].map(condition),
                };
                await this.#api
                    .call("PATCH", `${this.#path("pods")}/${name}/status`, { status }, merge)
                    .catch(() => undefined);
            }
            await wait(100, undefined, { signal }).catch(() => undefined);
        }
    }
}

/** The program's own definition of M3DBCluster. */
export async function installDefinition(api: ApiServer): Promise<void> {
    const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    const { status, body } = await api.call("POST", path, {
        apiVersion: "apiextensions.k8s.io/v1",
        kind: "CustomResourceDefinition",
        ...m3dbClusterDefinition(),
    });
    if (status !== 201) throw new Error(`the definition was refused: ${JSON.stringify(body)}`);
    await waitFor({ what: "the M3DBCluster API", timeout: 20 }, async () => {
        return (await api.call("GET", "/apis/operator.m3db.io/v1alpha1/m3dbclusters")).status === 200;
    });
}

/** A ServiceAccount with what the program grants the operator, and nothing else; its token. */
export async function operatorToken(api: ApiServer): Promise<string> {
    const rbac = "/apis/rbac.authorization.k8s.io/v1";
    await api.call("POST", "/api/v1/namespaces/default/serviceaccounts", { metadata: { name: operatorName } });
    await api.call("POST", `${rbac}/clusterroles`, operatorRole());
    await api.call("POST", `${rbac}/clusterrolebindings`, operatorBinding("default"));
    const path = `/api/v1/namespaces/default/serviceaccounts/${operatorName}/token`;
    const { body } = await api.call<{ status: { token: string } }>("POST", path, { spec: { expirationSeconds: 3600 } });
    return body.status.token;
}
