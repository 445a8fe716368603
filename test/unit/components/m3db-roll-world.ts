import type { RetentionMark } from "../../../components/m3/m3db/retention.ts";
import type { ClusterSide, PodState, RollInput, SetState } from "../../../components/m3/m3db/roll-sides.ts";
import type { PodSource } from "../../../components/m3/m3db/spec-differences.ts";
import type { M3State, Member } from "../../../components/nodes/roll/m3-state.ts";
import { nanoseconds } from "../../../support/m3-namespace.ts";

const containerOf = (digest: string) => ({ image: "m3dbnode", env: [{ name: "M3PERF_POD_DIGEST", value: digest }] });
const names = ["rep0", "rep1", "rep2"];

/** A replica of one pod, as the operator and Kubernetes have it. */
interface Replica {
    /** Digest in the StatefulSet's template, and in its pod. */
    template: string;
    pod: string;
    uid: string;
    /** Its pod was deleted, and is not there again yet. */
    deleted: boolean;
    allowed: boolean;
    serves: boolean;
    trouble?: string;
    restarts: number;
    missing?: boolean;
}

/**
 * Three replicas under an operator that behaves as m3db-operator 0.14 does: it makes what is missing, then waits until every
 * StatefulSet is Ready, then updates the annotated ones, one at a time. Each look at the world is a moment that passes.
 */
export class RollWorld {
    readonly journal: string[] = [];
    readonly lines: string[] = [];
    readonly replicas: Record<string, Replica> = {};
    etcdHealthy = 3;
    placement: M3State["placement"] = placementOf("AVAILABLE");
    /** What M3's registry says, in nanoseconds; undefined: no database pod answers. */
    retentions: Record<string, string> | undefined = { default: "172800000000000" };
    placed = true;
    mark: RetentionMark | undefined;
    /** Number of pods that were made: their uids. */
    private made = 0;
    /** What becomes of a pod that starts with this digest; it serves unless told. */
    readonly fate: Record<string, string> = {};
    /** Updates that the operator answers with the spec that it knew before. */
    stale = 0;
    /** Most replicas away at once. */
    away = 0;
    wanted: string;
    /** Called when M3 has taken another retention. */
    afterPut: () => void = () => {};

    constructor(old: string, wanted: string) {
        this.wanted = wanted;
        for (const name of names)
            this.replicas[`c-${name}`] = {
                ...{ template: old, pod: old, uid: this.uid(), allowed: false },
                ...{ serves: true, restarts: 0, deleted: false },
            };
    }

    at(name: string): Replica {
        const replica = this.replicas[name];
        if (!replica) throw new Error(`no ${name}`);
        return replica;
    }

    /** The operator and the StatefulSet controller do what they would do next. */
    private pass(): void {
        for (const [name, replica] of Object.entries(this.replicas)) {
            if (replica.missing) {
                replica.missing = false;
                replica.template = this.wanted;
                this.journal.push(`${name} made`);
                return;
            }
        }
        for (const [name, replica] of Object.entries(this.replicas)) {
            if (replica.pod !== replica.template || replica.deleted) {
                replica.pod = replica.template;
                replica.uid = this.uid();
                replica.deleted = false;
                replica.serves = false;
                replica.restarts = 0;
                delete replica.trouble;
                this.journal.push(`${name} restarted`);
                return;
            }
            const trouble = this.fate[replica.pod];
            if (!replica.serves && trouble !== undefined) {
                replica.trouble = trouble;
                replica.restarts += 1;
            } else replica.serves = true;
        }
        if (Object.values(this.replicas).some(({ serves }) => !serves)) return;
        for (const [name, replica] of Object.entries(this.replicas)) {
            if (!replica.allowed) continue;
            replica.allowed = false;
            if (this.stale > 0) this.stale -= 1;
            else replica.template = this.wanted;
            this.journal.push(`${name} updated`);
            return;
        }
    }

    /** Of a pod that is made. */
    private uid(): string {
        this.made += 1;
        return `uid-${this.made}`;
    }

    private moment(): void {
        this.pass();
        this.away = Math.max(this.away, Object.values(this.replicas).filter(({ serves }) => !serves).length);
    }

    get side(): ClusterSide {
        return {
            spec: async () => this.spec,
            set: async (name) => {
                this.moment();
                return this.setOf(name);
            },
            pods: async (name) => [this.podOf(name)],
            m3: async () => this.state(),
            wake: async () => void this.journal.push("operator woken"),
            allowUpdate: async (name) => {
                this.journal.push(`${name} annotated`);
                this.at(name).allowed = true;
            },
            orphan: async ({ name }) => {
                this.journal.push(`${name} orphaned`);
                this.at(name).missing = true;
            },
            placed: async () => this.placed,
            retentions: async () => {
                if (!this.retentions) throw new Error("no answer");
                return this.retentions;
            },
            setRetention: async (name, duration) => {
                this.journal.push(`${name} kept ${duration}`);
                this.retentions = { ...this.retentions, [name]: nanoseconds(duration, "RetentionPeriod") };
                this.afterPut();
            },
            retentionMark: async () => this.mark,
            rememberForRestart: async (mark) => {
                this.mark = mark.length === 0 ? undefined : mark;
            },
            restart: async ({ name, uid }) => {
                const replica = this.at(name.replace(/-0$/, ""));
                if (replica.uid !== uid) return;
                this.journal.push(`${name} deleted`);
                replica.deleted = true;
                replica.serves = false;
            },
            lastWords: async () => "field foo not found in type config.Configuration",
            tidy: async (keep) => {
                this.journal.push(`tidied, but for ${keep}`);
                return ["c-config-old"];
            },
        };
    }

    private get spec(): PodSource & { configMapName: string } {
        return { image: "m3dbnode", envVars: containerOf(this.wanted).env, configMapName: "c-config-new" };
    }

    private setOf(name: string): SetState | undefined {
        const { template, pod, allowed, serves, missing } = this.at(name);
        if (missing) return undefined;
        const updated = template === pod;
        return {
            name,
            uid: name,
            container: containerOf(template),
            allowed,
            replicas: 1,
            ready: serves ? 1 : 0,
            updated,
        };
    }

    private podOf(name: string): PodState {
        const { pod, uid, trouble, restarts } = this.at(name);
        return { name: `${name}-0`, uid, container: containerOf(pod), leaving: false, trouble, restarts };
    }

    private state(): M3State {
        const member = (name: string, problem?: string): Member => ({ name, node: "n", problem });
        return {
            etcd: [0, 1, 2].map((i) => member(`etcd-${i}`, i < this.etcdHealthy ? undefined : "not healthy")),
            replicas: Object.entries(this.replicas).map(([name, { serves }]) =>
                member(`${name}-0`, serves ? undefined : "not bootstrapped"),
            ),
            placement: this.placement,
        };
    }
}

export const rollInput: RollInput = {
    namespace: "m3db",
    cluster: "c",
    digest: "new",
    sets: names.map((name) => `c-${name}`),
    etcd: { statefulSet: "etcd", members: 3 },
    replicationFactor: 3,
    retentions: { default: { nanoseconds: "172800000000000", duration: "48h" } },
    limits: { safe: 0.1, back: 1 },
};

export function placementOf(state: string): M3State["placement"] {
    const instances = names.map((name) => [name, { id: name, shards: [{ state }] }]);
    return { instances: Object.fromEntries(instances), replicaFactor: 3 };
}
