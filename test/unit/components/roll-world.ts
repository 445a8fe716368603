/** A node, its host and its cluster, played in memory, for tests of a turn: what a turn does to them, and what it then sees. */
import type { M3State, Member } from "../../../components/nodes/roll/m3-state.ts";
import type { NodePod } from "../../../components/nodes/roll/pods.ts";
import type { TurnRecord } from "../../../components/nodes/roll/record.ts";
import type { Sides } from "../../../components/nodes/roll/sides.ts";
import type { TurnInput } from "../../../components/nodes/roll/turn-input.ts";
import { SshError } from "../../../support/ssh-error.ts";

export const input: TurnInput = {
    node: "worker-1",
    place: "1 of 3",
    cluster: { namespace: "m3db", name: "m3-cluster", etcd: { statefulSet: "etcd", members: 3 }, replicationFactor: 3 },
    reason: "roll spring",
    needed: "needed",
    prepare: "prepare",
    reboot: { by: "ssh" },
    check: "check",
    settle: "settle",
    limits: { safe: 20, drain: 20, boot: 20, rejoin: 20 },
};

const pod = (namespace: string, name: string, more: Partial<NodePod> = {}): NodePod => ({
    namespace,
    name,
    uid: name,
    fate: "evicted",
    ready: true,
    leaving: false,
    ...more,
});

export class World {
    node = "worker-1";
    unschedulable = false;
    record: TurnRecord | undefined;
    /** Boot of the kubelet that last reported. */
    kubeletBoot = "boot-1";
    renewed = new Date(0);
    /** Whether the kubelet of the new boot goes on renewing its lease. */
    renews = true;
    pods: NodePod[] = [
        pod("m3db", "etcd-0", { controller: "m3db/StatefulSet/etcd" }),
        pod("m3db", "m3-cluster-rep0-0", { controller: "m3db/StatefulSet/m3-cluster-rep0" }),
        pod("kube-system", "agent-x", { fate: "stays" }),
    ];
    /** Not on the node for the moment: evicted, waiting for a node that takes them. */
    pending: NodePod[] = [];
    othersInTurn: string[] = [];
    m3There = true;
    /** By name: why a member or a replica does not serve. */
    problems: Record<string, string> = {};
    placementState = "AVAILABLE";
    /** Answers to evictions of pods by name: why not now, or "stuck": it goes, and never ends. */
    evictions: Record<string, string[]> = {};

    boot = 1;
    /** Answers of the host to come, before it answers as it is: a boot id, or away. */
    answers: ("old" | "away" | "other machine")[] = [];
    comesBack = true;
    powered = true;
    wanted = true;
    /** Exit code of the script that tells whether a turn is needed, where it fails. */
    neededFails: number | undefined;
    kernelStarts = true;
    settled = false;
    lowPriority: string[] = [];
    renewals = 0;

    /** Names of the calls, in order. */
    readonly calls: string[] = [];
    readonly log: string[] = [];
    /** Called before (and after) each call with its number in this run. */
    onCall: (name: string, count: number, when: "before" | "after") => void = () => {};

    get reboots(): number {
        return this.boot - 1;
    }

    m3(): M3State {
        const member = (name: string, home: string): Member => {
            const away = home === this.node && !this.pods.some((one) => one.name === name && !one.leaving);
            const problem = this.problems[name] ?? (away ? "its pod is Pending: on no node" : undefined);
            return { name, node: away ? undefined : home, problem };
        };
        const homes = ["worker-1", "worker-2", "worker-3"];
        const replicas = homes.map((home, index) => member(`m3-cluster-rep${index}-0`, home));
        const shards = [{ state: this.placementState }, { state: "AVAILABLE" }];
        return {
            etcd: homes.map((home, index) => member(`etcd-${index}`, home)),
            replicas,
            placement: {
                replicaFactor: 3,
                instances: Object.fromEntries(replicas.map(({ name }) => [name, { id: name, shards }])),
            },
        };
    }

    /** What a turn works with. Each run has its own: a run that has ended can do nothing any more. */
    sides(more: { cluster?: boolean; patience?: number } = {}): Sides & { stop: AbortController } {
        const stop = new AbortController();
        let count = 0;
        const call = async <T>(name: string, act: () => T): Promise<T> => {
            stop.signal.throwIfAborted();
            const mine = ++count;
            this.onCall(name, mine, "before");
            stop.signal.throwIfAborted();
            this.calls.push(name);
            try {
                return act();
            } finally {
                this.onCall(name, mine, "after");
                stop.signal.throwIfAborted();
            }
        };
        const sides: Sides = {
            signal: stop.signal,
            say: (line) => this.log.push(line),
            pace: { every: 0.002, linger: 0.03, patience: more.patience ?? 20 },
            cluster: {
                node: () =>
                    call("node", () => {
                        const { unschedulable, kubeletBoot, renewed, record } = this;
                        this.kubeletTick();
                        return { unschedulable, ready: true, boot: kubeletBoot, renewed, record };
                    }),
                othersInTurn: () => call("othersInTurn", () => this.othersInTurn),
                cordon: (record) =>
                    call("cordon", () => {
                        this.unschedulable = true;
                        this.record = record;
                    }),
                remember: (record) =>
                    call("remember", () => {
                        this.record = record;
                    }),
                uncordon: () =>
                    call("uncordon", () => {
                        this.unschedulable = false;
                    }),
                forget: () =>
                    call("forget", () => {
                        this.record = undefined;
                    }),
                pods: () =>
                    call("pods", () => {
                        const seen = [...this.pods];
                        this.pods = this.pods.filter(({ name, leaving }) => !leaving || this.stuck(name));
                        this.schedule();
                        return seen;
                    }),
                evict: ({ name }) => call("evict", () => this.evict(name)),
                controller: (name) =>
                    call("controller", () => {
                        const away = this.pending.filter(({ controller }) => controller === name).length;
                        return { ready: 3 - away, wanted: 3 };
                    }),
                m3: () => call("m3", () => (this.m3There ? this.m3() : undefined)),
            },
            host: {
                look: () => call("look", () => this.look()),
                run: (script) => call(script, () => this.run(script)),
                reboot: () => call("reboot", () => this.reboot()),
                record: () => call("record", () => this.record),
                remember: (record) =>
                    call("remember", () => {
                        this.record = record;
                    }),
                forget: () =>
                    call("forget", () => {
                        this.record = undefined;
                    }),
            },
        };
        return { ...sides, stop, ...(more.cluster === false ? { cluster: null } : {}) };
    }

    private evict(name: string): "asked" | "gone" | { blocked: string } {
        const [answer] = this.evictions[name] ?? [];
        if (answer !== undefined && answer !== "stuck") {
            this.evictions[name]?.shift();
            return { blocked: answer };
        }
        const there = this.pods.find((one) => one.name === name);
        if (!there) return "gone";
        this.pods = this.pods.map((one) => (one === there ? { ...one, leaving: true } : one));
        if (!this.stuck(name)) this.pending.push(there);
        return "asked";
    }

    private stuck(name: string): boolean {
        return this.evictions[name]?.[0] === "stuck";
    }

    /** Pods that wait for the node come back to it when it takes them. */
    private schedule(): void {
        if (this.unschedulable || !this.powered || this.kubeletBoot !== `boot-${this.boot}`) return;
        this.pods.push(...this.pending.splice(0));
    }

    /** The kubelet of a new boot reports a look after the boot, and renews its lease another later. */
    private kubeletTick(): void {
        const now = `boot-${this.boot}`;
        if (!this.powered) return;
        if (this.kubeletBoot === now && this.renews) this.renewed = new Date(++this.renewals * 1000);
        this.kubeletBoot = now;
        this.schedule();
    }

    private look(): { id: string } {
        const answer = this.answers.shift();
        if (answer === "old") return { id: `boot-${this.boot - 1}` };
        if (answer === "other machine") throw new SshError("hostKey", "root@10.0.0.1:22 shows another host key");
        if (answer === "away" || !this.powered) throw new SshError("timeout", "root@10.0.0.1:22 does not answer");
        return { id: `boot-${this.boot}` };
    }

    private reboot(): void {
        this.powered = this.comesBack;
        this.boot += 1;
        this.answers = ["old", "old", "away", "away"];
    }

    private run(script: string): { code: number; output: string } {
        if (!this.powered || this.answers[0] === "away")
            throw new SshError("timeout", "root@10.0.0.1:22 does not answer");
        if (script === "needed") {
            if (this.neededFails !== undefined) return { code: this.neededFails, output: "rpm: not found" };
            const had = this.settled || !this.wanted;
            return { code: had ? 3 : 0, output: had ? "it had its turn" : "last roll: none" };
        }
        if (script === "check") {
            const good = this.reboots > 0 && this.kernelStarts;
            return { code: good ? 0 : 1, output: good ? "Linux 6.12" : "came back with 6.1, not 6.12" };
        }
        if (script === "settle") this.settled = true;
        return { code: 0, output: "" };
    }
}
