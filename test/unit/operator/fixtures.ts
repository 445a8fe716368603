import type { Events } from "../../../lab/operator/events.ts";
import { type Kube, KubeError } from "../../../lab/operator/kube/client.ts";
import type { Kind, Kinds } from "../../../lab/operator/kube/resources.ts";
import { silent } from "../../../lab/operator/log.ts";
import type { Instance, M3Admin } from "../../../lab/operator/m3admin.ts";
import { statefulSetName } from "../../../lab/operator/names.ts";
import { groupStatefulSet } from "../../../lab/operator/objects/statefulset.ts";
import type { Context } from "../../../lab/operator/reconcile/context.ts";
import type { ClusterSpec, KubeObject, M3DBCluster, NamespaceOptions, Pod } from "../../../lab/operator/types.ts";

export const uid = "6c1f0a4e-55b8-4b0e-9d0e-2f3a4b5c6d7e";

const options = (aggregation: object): NamespaceOptions => ({
    bootstrapEnabled: true,
    flushEnabled: true,
    writesToCommitLog: true,
    cleanupEnabled: true,
    snapshotEnabled: true,
    repairEnabled: false,
    retentionOptions: {
        retentionPeriod: "48h",
        blockSize: "2h",
        bufferFuture: "10m",
        bufferPast: "20m",
        blockDataExpiry: true,
        blockDataExpiryAfterNotAccessPeriod: "5m",
    },
    indexOptions: { enabled: true, blockSize: "2h" },
    aggregationOptions: { aggregations: [aggregation] },
});

/** The cluster of the reference topology: three groups of one pod, two namespaces, a volume each. */
export function makeCluster(spec: Partial<ClusterSpec> = {}): M3DBCluster {
    return {
        apiVersion: "operator.m3db.io/v1alpha1",
        kind: "M3DBCluster",
        metadata: { name: "m3-cluster", namespace: "m3db", uid, resourceVersion: "10", generation: 1 },
        spec: {
            image: "quay.io/m3db/m3dbnode:v1.5.0",
            replicationFactor: 3,
            numberOfShards: 24,
            etcdEndpoints: ["http://etcd-0.etcd:2379", "http://etcd-1.etcd:2379", "http://etcd-2.etcd:2379"],
            isolationGroups: ["rep0", "rep1", "rep2"].map((name) => ({
                name,
                numInstances: 1,
                nodeAffinityTerms: [{ key: "m3db-rep", values: [name] }],
            })),
            tolerations: [{ key: "dedicated", operator: "Equal", value: "m3db", effect: "NoSchedule" }],
            podIdentityConfig: { sources: [] },
            securityContext: { runAsUser: 0 },
            containerResources: { requests: { memory: "1Gi", cpu: "100m" }, limits: { memory: "2Gi" } },
            envVars: [
                { name: "GOMEMLIMIT", value: "1700MiB" },
                { name: "GOGC", value: "75" },
            ],
            dataDirVolumeClaimTemplate: {
                spec: {
                    accessModes: ["ReadWriteOnce"],
                    storageClassName: "local-m3",
                    resources: { requests: { storage: "5Gi" } },
                },
            },
            namespaces: [
                { name: "default", options: options({ aggregated: false }) },
                {
                    name: "metrics-10s_2d",
                    options: options({
                        aggregated: true,
                        attributes: { resolution: "10s", downsampleOptions: { all: true } },
                    }),
                },
            ],
            ...spec,
        },
    };
}

/** Kubernetes in memory. Every change is written to the journal, reads are not. */
export class FakeKube implements Kube {
    readonly journal: string[];
    readonly #objects = new Map<string, Kinds[Kind]>();
    #version = 100;
    /** Called before a change; may throw. */
    onChange: (what: string) => void = () => {};

    constructor(journal: string[]) {
        this.journal = journal;
    }

    put<K extends Kind>(kind: K, object: Kinds[K]): void {
        this.#objects.set(
            this.#key(kind, object.metadata.namespace ?? "", object.metadata.name),
            structuredClone(object),
        );
    }

    async get<K extends Kind>(kind: K, namespace: string, name: string): Promise<Kinds[K] | undefined> {
        return structuredClone(this.#objects.get(this.#key(kind, namespace, name))) as Kinds[K] | undefined;
    }

    async list<K extends Kind>(kind: K, namespace: string, labels: Record<string, string> = {}): Promise<Kinds[K][]> {
        return [...this.#objects]
            .filter(([key]) => key.startsWith(`${kind}/${namespace}/`))
            .map(([, object]) => structuredClone(object) as Kinds[K])
            .filter(({ metadata }) => Object.entries(labels).every(([key, value]) => metadata.labels?.[key] === value));
    }

    async create<K extends Kind>(kind: K, namespace: string, object: Kinds[K]): Promise<Kinds[K]> {
        const { name } = object.metadata;
        this.#record(`create ${kind} ${name}`);
        if (this.#objects.has(this.#key(kind, namespace, name))) {
            throw new KubeError(`create ${kind} ${name}`, 409, "AlreadyExists", "already exists");
        }
        const made = { ...object, metadata: { ...object.metadata, namespace, uid: `uid-${name}`, generation: 1 } };
        this.#store(kind, made);
        return structuredClone(made);
    }

    async replace<K extends Kind>(kind: K, namespace: string, object: Kinds[K]): Promise<Kinds[K]> {
        this.#record(`replace ${kind} ${object.metadata.name}`);
        const before = this.#objects.get(this.#key(kind, namespace, object.metadata.name));
        const after = before && "status" in before ? { ...object, status: before.status } : object;
        this.#store(kind, after);
        return structuredClone(after);
    }

    async patch<K extends Kind>(
        kind: K,
        namespace: string,
        name: string,
        patch: object,
        subresource?: "status",
    ): Promise<Kinds[K]> {
        this.#record(`patch ${kind}${subresource ? `/${subresource}` : ""} ${name} ${JSON.stringify(patch)}`);
        const before = this.#objects.get(this.#key(kind, namespace, name));
        if (!before) throw new KubeError(`patch ${kind} ${name}`, 404, "NotFound", "not found");
        const after = merge(before, patch) as Kinds[K];
        this.#store(kind, after);
        return structuredClone(after);
    }

    async delete(kind: Kind, namespace: string, name: string): Promise<void> {
        this.#record(`delete ${kind} ${name}`);
        this.#objects.delete(this.#key(kind, namespace, name));
    }

    #key(kind: Kind, namespace: string, name: string): string {
        return `${kind}/${namespace}/${name}`;
    }

    #store(kind: Kind, object: Kinds[Kind]): void {
        this.#version += 1;
        object.metadata.resourceVersion = String(this.#version);
        this.put(kind, object as never);
    }

    #record(what: string): void {
        this.onChange(what);
        this.journal.push(`kube ${what}`);
    }
}

/** RFC 7396. */
function merge(target: unknown, patch: unknown): unknown {
    if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
    const base = typeof target === "object" && target !== null ? { ...(target as Record<string, unknown>) } : {};
    for (const [key, value] of Object.entries(patch)) {
        if (value === null) delete base[key];
        else if (value !== undefined) base[key] = merge(base[key], value);
    }
    return base;
}

/** M3 in memory: a placement and a registry. Every call is written to the journal. */
export class FakeM3 implements M3Admin {
    readonly journal: string[];
    instances: Instance[] | undefined;
    registry = new Map<string, string | undefined>();
    requests: unknown[] = [];
    /** Whether instances are available at once. */
    available = true;
    /** Called before each call; may throw. */
    onCall: (what: string) => void = () => {};

    constructor(journal: string[]) {
        this.journal = journal;
    }

    #record(what: string, request?: unknown): void {
        this.onCall(what);
        this.journal.push(`m3 ${what}`);
        if (request !== undefined) this.requests.push(request);
    }

    async placement() {
        this.#record("GET placement");
        return this.instances;
    }
    async initPlacement(request: Parameters<M3Admin["initPlacement"]>[0]) {
        this.#record("POST placement/init", request);
        this.instances = request.instances.map((instance) => this.#instance(instance));
    }
    async addInstance(request: Parameters<M3Admin["addInstance"]>[0]) {
        this.#record(`POST placement ${request.id}`, request);
        this.instances = [...(this.instances ?? []), this.#instance(request)];
    }
    async removeInstance(id: string) {
        this.#record(`DELETE placement/${id}`);
        this.instances = this.instances?.filter((instance) => instance.id !== id);
    }
    async replaceInstance(leaving: string, candidate: Parameters<M3Admin["addInstance"]>[0]) {
        this.#record(`POST placement/replace ${leaving}`, candidate);
        this.instances = this.instances?.map((other) => (other.id === leaving ? this.#instance(candidate) : other));
    }
    async deletePlacement() {
        this.#record("DELETE placement");
        this.instances = undefined;
    }
    async namespaces() {
        this.#record("GET namespace");
        return new Map(this.registry);
    }
    async addNamespace(request: Parameters<M3Admin["addNamespace"]>[0]) {
        this.#record(`POST namespace ${String(request.name)}`, request);
        this.registry.set(String(request.name), "UNKNOWN");
    }
    async deleteNamespace(name: string) {
        this.#record(`DELETE namespace/${name}`);
        return this.registry.delete(name) ? ("deleted" as const) : ("not found" as const);
    }
    async readyNamespace(name: string) {
        this.#record(`POST namespace/ready ${name}`);
        this.registry.set(name, "READY");
        return "ready" as const;
    }

    #instance(request: { id: string; isolation_group: string; hostname: string }): Instance {
        const { id, isolation_group: isolationGroup, hostname } = request;
        return { id, isolationGroup, hostname, available: this.available };
    }
}

export interface World {
    context: Context;
    kube: FakeKube;
    m3: FakeM3;
    /** Changes to Kubernetes, calls to M3 and events, in their order. */
    journal: string[];
    cluster(): Promise<M3DBCluster>;
}

export function makeWorld(cluster: M3DBCluster): World {
    const journal: string[] = [];
    const kube = new FakeKube(journal);
    const m3 = new FakeM3(journal);
    kube.put("clusters", cluster);
    const event = (type: string) => (object: KubeObject, reason: string, message: string) => {
        journal.push(`event ${type} ${object.metadata.name} ${reason}: ${message}`);
    };
    const events: Events = { normal: event("Normal"), warning: event("Warning") };
    const now = () => new Date("2026-11-23T03:54:58.123Z");
    return {
        context: { kube, m3: () => m3, events, log: silent, now },
        kube,
        m3,
        journal,
        async cluster() {
            const current = await kube.get("clusters", cluster.metadata.namespace, cluster.metadata.name);
            if (!current) throw new Error("the cluster is gone");
            return current;
        },
    };
}

export function makePod(cluster: M3DBCluster, group: string, name: string, podUid = `uid-${name}`): Pod {
    const found = (cluster.spec.isolationGroups ?? []).find((candidate) => candidate.name === group);
    if (!found) throw new Error(`no group ${group}`);
    const { labels = {} } = groupStatefulSet(cluster, found).metadata;
    return { kind: "Pod", metadata: { name, namespace: cluster.metadata.namespace, uid: podUid, labels } };
}

/** All StatefulSets there, ready and with their pods, as after the first 12 s. */
export async function readySets(world: World): Promise<void> {
    const cluster = await world.cluster();
    for (const group of cluster.spec.isolationGroups ?? []) {
        const name = statefulSetName(cluster, group);
        const existing = await world.kube.get("statefulSets", "m3db", name);
        const set = existing ?? groupStatefulSet(cluster, group);
        const { replicas = 0 } = set.spec;
        set.metadata.generation ??= 1;
        set.status = {
            observedGeneration: set.metadata.generation,
            replicas,
            readyReplicas: replicas,
            updatedReplicas: replicas,
            currentRevision: `${name}-1`,
            updateRevision: `${name}-1`,
        };
        world.kube.put("statefulSets", set);
        for (let ordinal = 0; ordinal < replicas; ordinal += 1) {
            const pod = makePod(cluster, group.name, `${name}-${ordinal}`);
            if (!(await world.kube.get("pods", "m3db", pod.metadata.name))) world.kube.put("pods", pod);
        }
    }
}
