import type { NodeRole } from "../../settings/site.ts";
import { type ContainerStatus, isLive, type Pod } from "../access/kubernetes.ts";
import { type Check, type CheckContext, count, fail, pass } from "./check.ts";
import { causeOf, unready } from "./unready.ts";

/** The pods that belong together, how many there must be, and where they may run. */
interface Group {
    title: string;
    selector: Record<string, string>;
    expected: number;
    /** Absent: any node. */
    role?: NodeRole;
}

function groups({ environment }: CheckContext): Group[] {
    const { etcd, operator, cluster, coordinator, adminCoordinator, query, aggregator, gateway, generator } =
        environment;
    const service = (title: string, of: typeof coordinator, role: NodeRole): Group => ({
        title,
        selector: of.workload.selector,
        expected: of.workload.replicas,
        role,
    });
    return [
        { title: "etcd", selector: etcd.selector, expected: etcd.pods.length, role: "m3db" },
        { title: "m3db-operator", selector: operator.selector, expected: 1 },
        ...(adminCoordinator
            ? [
                  {
                      title: "admin coordinator",
                      selector: adminCoordinator.workload.selector,
                      expected: adminCoordinator.workload.replicas,
                  },
              ]
            : []),
        { title: "m3db", selector: cluster.selector, expected: cluster.pods.length, role: "m3db" },
        service("coordinator", coordinator, "coordinator"),
        service("query", query, "coordinator"),
        service("aggregator", aggregator, "aggregator"),
        ...(gateway ? [service("gateway", gateway, "coordinator")] : []),
        ...(generator
            ? [
                  {
                      title: "load generator",
                      selector: generator.workload.selector,
                      expected: generator.workload.replicas,
                      role: generator.role,
                  },
              ]
            : []),
    ];
}

async function podsByGroup(context: CheckContext): Promise<{ group: Group; pods: Pod[] }[]> {
    const { environment, kubernetes } = context;
    return Promise.all(
        groups(context).map(async (group) => {
            const pods = await kubernetes.pods(environment.namespace, group.selector);
            return { group, pods: pods.filter(isLive) };
        }),
    );
}

/** Kubernetes' own conditions that are bad where they are True. Of others', as agents add them, either status may be the good one. */
const pressures = ["MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable"];

export const nodesReady: Check = {
    id: "nodes.ready",
    system: "nodes",
    title: "every node of the environment is Ready and under no pressure",
    source: "manual run: kubectl get nodes; the node failure by a stopped kubelet",
    means: "What runs on the node is away or about to be: after some minutes Kubernetes evicts its pods, and a database pod has nowhere else to go.",
    async run({ environment, kubernetes }) {
        const seen = new Map((await kubernetes.nodes()).map((node) => [node.metadata.name, node]));
        const wrong = environment.nodes.flatMap(({ name }) => {
            const node = seen.get(name);
            if (!node) return [`${name}: not in the cluster`];
            const conditions = node.status?.conditions ?? [];
            if (!conditions.some(({ type }) => type === "Ready"))
                return [`${name}: its kubelet has reported nothing yet`];
            return conditions
                .filter(({ type, status }) =>
                    type === "Ready" ? status !== "True" : pressures.includes(type) && status === "True",
                )
                .map(({ type, status, reason }) => `${name}: ${type}=${status}${reason ? ` (${reason})` : ""}`);
        });
        if (wrong.length === 0) return pass(`${count(environment.nodes.length, "node")} Ready`);
        const name = wrong[0]?.split(":")[0];
        return fail(
            wrong,
            "the node's kubelet or its host is down, or the node lacks memory or disk",
            `kubectl describe node ${name}`,
        );
    },
};

export const podsReady: Check = {
    id: "pods.ready",
    system: "pods",
    title: "every pod is there and Ready",
    source: "manual run: kubectl get po",
    means: "A part of the environment does not run; what depends on it is named by other checks.",
    async run(context) {
        const wrong: string[] = [];
        let known: { cause: string; next: string } | undefined;
        let total = 0;
        for (const { group, pods } of await podsByGroup(context)) {
            total += pods.length;
            if (pods.length !== group.expected) {
                wrong.push(`${group.title}: ${count(pods.length, "pod")} instead of ${group.expected}`);
            }
            for (const pod of pods) {
                const why = unready(pod);
                if (!why) continue;
                wrong.push(`${pod.metadata.name}: ${why}`);
                known ??= causeOf(pod, context.environment.namespace);
            }
        }
        if (wrong.length === 0) return pass(`${count(total, "pod")} Ready`);
        return fail(
            wrong,
            known?.cause ?? "a workload is scaled down, cannot be scheduled, or its container does not come up",
            known?.next ??
                `kubectl -n ${context.environment.namespace} get pods -o wide; kubectl -n ${context.environment.namespace} get events --sort-by=.lastTimestamp`,
        );
    },
};

export const podsOnTheirNodes: Check = {
    id: "pods.nodes",
    system: "pods",
    title: "every pod runs on a node meant for it, each on its own",
    source: "manual run, topology: three nodes for M3DB and etcd alone, two for coordinator, query, aggregator",
    means: "Two parts that must not fail together would, or M3DB shares its memory and disk with others.",
    async run(context) {
        const nodes = new Map(context.environment.nodes.map((node) => [node.name, node]));
        const wrong: string[] = [];
        const places: string[] = [];
        for (const { group, pods } of await podsByGroup(context)) {
            if (!group.role) continue;
            const used = new Map<string, string>();
            for (const { metadata, spec } of pods) {
                const node = spec.nodeName ? nodes.get(spec.nodeName) : undefined;
                if (!spec.nodeName) wrong.push(`${metadata.name}: on no node yet`);
                else if (!node?.roles.includes(group.role)) {
                    wrong.push(`${metadata.name}: on ${spec.nodeName}, which has not the role ${group.role}`);
                } else if (used.has(spec.nodeName)) {
                    wrong.push(`${metadata.name}: shares ${spec.nodeName} with ${used.get(spec.nodeName)}`);
                }
                const isolation = metadata.labels?.["operator.m3db.io/isolation-group"];
                if (isolation && node?.isolationGroup && isolation !== node.isolationGroup) {
                    wrong.push(`${metadata.name}: of ${isolation}, but ${node.name} is of ${node.isolationGroup}`);
                }
                if (spec.nodeName) used.set(spec.nodeName, metadata.name);
            }
            places.push(`${group.title} on ${[...used.keys()].sort().join(", ") || "nothing"}`);
        }
        if (wrong.length === 0) return pass(places.join("; "));
        return fail(
            wrong,
            "labels or taints of the nodes were changed, or the pods were made by other hands",
            `kubectl -n ${context.environment.namespace} get pods -o wide; kubectl get nodes --show-labels`,
        );
    },
};

/** A container that restarted this recently (ms) is not stable yet. */
const settled = 120_000;
const hour = 3_600_000;

export const podsRestarts: Check = {
    id: "pods.restarts",
    system: "pods",
    title: "no container restarts again and again or was killed for want of memory",
    source: "manual run: m3dbnode's OOM kill took the node down",
    means: "A process is not stable. Each restart of a database pod costs its replica a hole or a bootstrap.",
    async run(context) {
        const { namespace } = context.environment;
        const wrong: string[] = [];
        const earlier: string[] = [];
        let culprit = "";
        for (const { pods } of await podsByGroup(context)) {
            for (const pod of pods) {
                for (const container of pod.status?.containerStatuses ?? []) {
                    if (container.restartCount === 0) continue;
                    const line = `${pod.metadata.name}/${container.name}: ${restartText(container, context.now())}`;
                    if (unstable(container, context.now())) {
                        wrong.push(line);
                        culprit ||= pod.metadata.name;
                    } else earlier.push(line);
                }
            }
        }
        if (wrong.length === 0) return pass(earlier.length === 0 ? "no restarts" : `earlier: ${earlier.join("; ")}`);
        const memory = wrong.some((line) => line.includes("OOMKilled"));
        return fail(
            wrong,
            memory
                ? "the container needs more memory than its limit"
                : "the process ends by itself: its last log lines tell why",
            `kubectl -n ${namespace} logs --previous ${culprit}`,
        );
    },
};

function unstable(container: ContainerStatus, now: number): boolean {
    if (container.state?.waiting?.reason === "CrashLoopBackOff") return true;
    const last = container.lastState?.terminated;
    if (!last?.finishedAt) return false;
    const age = now - Date.parse(last.finishedAt);
    return age < settled || (last.reason === "OOMKilled" && age < hour);
}

function restartText(container: ContainerStatus, now: number): string {
    const last = container.lastState?.terminated;
    const times = `${count(container.restartCount, "restart")}`;
    if (!last) return times;
    const age = last.finishedAt ? `, ${Math.round((now - Date.parse(last.finishedAt)) / 1000)} s ago` : "";
    return `${times}, last end: ${last.reason ?? "Error"} (exit code ${last.exitCode})${age}`;
}
