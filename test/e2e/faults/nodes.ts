/** Faults of nodes and of the database's own pods. */
import { waitFor } from "../../../support/wait.ts";
import type { Fault, Hand } from "./fault.ts";
import { freeze } from "./m3.ts";

/** The first database pod of an isolation group. */
const replica = ({ environment: { cluster } }: Hand, group: number) =>
    cluster.pods.find((pod) => pod.startsWith(`${cluster.name}-rep${group}-`)) ?? "";

const unknown = (hand: Hand, node: string) =>
    hand.kubectl("wait", "--for=condition=Ready=Unknown", `node/${node}`, "--timeout=120s");

/** The containers go on, so no replica lacks anything. */
export const kubeletStopped: Fault = {
    name: "a kubelet stopped",
    trouble: "kubelet-down",
    failing: ["nodes.ready"],
    says: /^worker-2: Ready=Unknown/,
    async inject(hand) {
        await hand.lab("node", "stop", "worker-2");
        await unknown(hand, "worker-2");
    },
    heal: (hand) => hand.lab("node", "start", "worker-2"),
    recovers: 240,
};

/** A coordinators' node: no replica of the database is away, so none gets a hole. */
export const nodeOff: Fault = {
    name: "a node powered off",
    trouble: "node-down",
    consequences: ["service-not-ready"],
    failing: ["nodes.ready", "coordinator.ready", "query.ready"],
    says: /^worker-5: Ready=Unknown/,
    async inject(hand) {
        await hand.lab("node", "power-off", "worker-5");
        await unknown(hand, "worker-5");
    },
    heal: (hand) => hand.lab("node", "power-on", "worker-5"),
    recovers: 240,
};

export const nodeCutOff: Fault = {
    name: "a node whose network is down",
    trouble: "node-down",
    failing: ["nodes.ready"],
    says: /^worker-5: Ready=Unknown/,
    async inject(hand) {
        await hand.lab("node", "partition", "worker-5");
        await unknown(hand, "worker-5");
    },
    heal: (hand) => hand.lab("node", "heal", "worker-5"),
    recovers: 240,
};

/** Away for half a minute, less than the hole that verify complains of; a longer one is test/e2e/faults/hole.ts. */
export const majorityLost: Fault = {
    name: "two of three dbnodes scaled away",
    trouble: "dbnode-majority-lost",
    failing: ["m3db.health", "pods.ready", "data.third_avenue"],
    async inject(hand) {
        await freeze(hand, true);
        await scale(hand, 0);
        const { namespace } = hand.environment;
        for (const group of [1, 2])
            await hand.kubectl("-n", namespace, "wait", "--for=delete", `pod/${replica(hand, group)}`, "--timeout=90s");
    },
    async heal(hand) {
        // As many as the placement has in each group.
        const { pods, isolationGroups } = hand.environment.cluster;
        await scale(hand, pods.length / isolationGroups.length);
        for (const set of sets(hand))
            await hand.kubectl("-n", hand.environment.namespace, "rollout", "status", set, "--timeout=180s");
        await freeze(hand, false);
    },
    recovers: 300,
};

const sets = (hand: Hand) => [1, 2].map((group) => `statefulset/${replica(hand, group).replace(/-\d+$/, "")}`);

async function scale(hand: Hand, replicas: number): Promise<void> {
    await hand.kubectl("-n", hand.environment.namespace, "scale", ...sets(hand), `--replicas=${replicas}`);
}

/**
 * A real kill for want of memory that costs seconds: in the database's container something else takes all that is left, and the
 * kernel is told to choose the database first. The container starts again by itself.
 */
export const databaseKilled: Fault = {
    name: "a dbnode killed for want of memory",
    trouble: "dbnode-oom",
    failing: ["pods.restarts"],
    says: /^m3-cluster-rep2-0\/\S+: .*OOMKilled/m,
    async inject(hand) {
        const pod = replica(hand, 2);
        const script = "echo 1000 > /proc/1/oom_score_adj; tail /dev/zero";
        // The end of the container ends this command, too.
        await hand.kubectl("-n", hand.environment.namespace, "exec", pod, "--", "sh", "-c", script).catch(() => {});
        const { namespace } = hand.environment;
        await waitFor({ what: `${pod} to be killed`, timeout: 60, every: 1 }, async () =>
            (await hand.kubectl("-n", namespace, "get", "pod", pod, "-o", "json")).includes("OOMKilled"),
        );
    },
    /** The record of the kill goes with the pod; it keeps its data and its place. */
    async heal(hand) {
        const pod = replica(hand, 2);
        const { namespace } = hand.environment;
        const text = await hand.kubectl("-n", namespace, "get", "pod", pod, "-o", "json");
        if (!text.includes("OOMKilled")) return;
        await hand.kubectl("-n", namespace, "delete", "pod", pod);
        const set = `statefulset/${pod.replace(/-\d+$/, "")}`;
        await hand.kubectl("-n", namespace, "rollout", "status", set, "--timeout=180s");
    },
    recovers: 300,
};
