import type { Seen } from "../seen.ts";
import { type Names, run, type Trouble, told } from "../trouble.ts";
import { dataChecks, etcdChecks, m3dbChecks, podChecks, serviceChecks } from "./wake.ts";

const inTheWake = [...podChecks, ...etcdChecks, ...m3dbChecks, ...serviceChecks, ...dataChecks, "data.holes"];

/** What the loss of pods brings about, by their names. */
function lostWith(about: string[], seen: Seen): string[] {
    const is = (pattern: RegExp) => about.some((name) => pattern.test(name));
    const { cluster, etcd } = seen.environment;
    const isDatabase = about.some((name) => cluster.pods.includes(name));
    const isEtcd = about.some((name) => etcd.pods.includes(name));
    const writes = ["remote-write-backlog", "series-missing", "round-trip-fails"];
    return [
        ...(isDatabase ? ["dbnode-down", "dbnode-majority-lost", "replica-hole", "replica-misses-writes"] : []),
        ...(isEtcd ? ["etcd-member-down", "etcd-quorum-lost"] : []),
        ...(is(/coordinator/) ? [...writes, "aggregates-missing"] : []),
        ...(is(/query/) ? ["series-missing", "remote-read-fails", "round-trip-fails", "aggregates-missing"] : []),
        ...(is(/aggregator/) ? ["aggregator-no-leader", "aggregates-missing"] : []),
        ...(is(/prometheus/) ? ["prometheus-not-answering"] : []),
        "service-not-ready",
        "nodeport-silent",
        "workload-scaled-down",
        "endpoint-stale",
    ];
}

const describePods = ({ namespace }: Names, about: string[]) =>
    run(`kubectl -n ${namespace} describe pod ${about.join(" ")}`);

const killed = /^([^\s/]+)\/\S+: .*OOMKilled/;

/** A pod of these that was killed for want of memory. */
function oomOf(seen: Seen, database: boolean) {
    const { pods } = seen.environment.cluster;
    return told(seen.find("pods.restarts", killed).filter(({ about }) => pods.includes(about) === database));
}

export const dbnodeOom: Trouble = {
    id: "dbnode-oom",
    title: "A dbnode was killed for want of memory",
    looks: [
        "a database pod restarts, often right after a peak of series or a wide query; on a host without limits the whole node may hang",
        "kubectl describe pod: Last State: Terminated, Reason: OOMKilled, Exit Code: 137",
    ],
    cause: "M3DB holds every active series in memory, and there were more than its limit allows; or a query read too much",
    tells: { "pods.restarts": "M3-CLUSTER-REPx-0/…: last end: OOMKilled (exit code 137)" },
    wake: inTheWake,
    brings: ({ about }, seen) => [...lostWith(about, seen), "crash-loop", "update-unfinished"],
    fix: (names, about) => [
        describePods(names, about),
        run(
            "m3perf size --series N --interval 15s",
            "tells what the load needs; then raise m3perf:m3db.memory and m3perf up",
        ),
        "send less: fewer series, a longer scrape interval, fewer label values",
        "limit what queries read (m3perf:query.maxFetchedSeries, maxFetchedDocs, maxFetchedRange, maxSamples)",
    ],
    prevention:
        "plan with m3perf size; keep use at half of the limit, since a bootstrap and a peer's failure need the rest; alert on restarts",
    docs: "docs/size.md",
    recognise: (seen) => oomOf(seen, true),
};

export const oom: Trouble = {
    id: "service-oom",
    title: "Another component was killed for want of memory",
    looks: [
        "coordinators, query or aggregator restart; remote write is refused for seconds, dashboards show gaps of queries",
        "kubectl describe pod: Last State: Terminated, Reason: OOMKilled, Exit Code: 137",
    ],
    cause: "the container needed more than its memory limit: a wide query, a burst of remote writes, or a limit set too low",
    tells: { "pods.restarts": "POD/CONTAINER: last end: OOMKilled (exit code 137)" },
    wake: inTheWake,
    brings: ({ about }, seen) => [...lostWith(about, seen), "crash-loop"],
    fix: (names, about) => [
        describePods(names, about),
        "raise the component's memory in the stack's settings (m3perf:coordinator.memory, query.memory, aggregator.memory) and m3perf up",
        "a limit that was changed by other hands: m3perf up --refresh sets it again",
    ],
    prevention: "plan with m3perf size; limit what a query may read; alert on restarts",
    docs: "docs/size.md",
    recognise: (seen) => oomOf(seen, false),
};

export const imageUnpullable: Trouble = {
    id: "image-unpullable",
    title: "An image cannot be pulled",
    looks: ["pods stay in ImagePullBackOff or ErrImagePull; an update goes on for ever with the old pods still there"],
    cause: "the image's name, tag or digest is wrong, its registry cannot be reached from the node, or it asks for credentials",
    tells: { "pods.ready": "POD: ImagePullBackOff, ErrImagePull or InvalidImageName" },
    wake: inTheWake,
    brings: ({ about }, seen) => [...lostWith(about, seen), "update-unfinished", "crash-loop"],
    fix: (names, about) => [
        describePods(names, about),
        "on the pod's node: crictl pull IMAGE says what the registry answers",
        "correct m3perf:images (or the mirror and login of the node's container runtime) and m3perf up; changed by someone else: m3perf up --refresh",
    ],
    prevention: "name images by exact versions that the nodes can pull; a mirror near the nodes",
    docs: "docs/settings.md",
    recognise: (seen) =>
        told(
            seen.find(
                "pods.ready",
                /^(\S+): (?:ErrImagePull|ImagePullBackOff|InvalidImageName|ErrImageNeverPull|RegistryUnavailable)/,
            ),
        ),
};

export const unschedulable: Trouble = {
    id: "pod-unschedulable",
    title: "A pod finds no node",
    looks: ["a pod stays Pending; its events name taints, node selectors or insufficient memory or cpu"],
    cause: "no node with its role has room left, or labels and taints of the nodes were changed, or a node is cordoned",
    tells: { "pods.ready": "POD: not scheduled: 0/7 nodes are available: …" },
    wake: inTheWake,
    brings: ({ about }, seen) => lostWith(about, seen),
    fix: (names, about) => [
        describePods(names, about),
        run("kubectl get nodes --show-labels; kubectl describe node NODE", "Allocated resources, Taints"),
        run("m3perf doctor", "says which pods do not fit; m3perf up --refresh sets labels and taints again"),
    ],
    prevention: "m3perf doctor before up; nothing else of weight on M3's nodes",
    docs: "docs/doctor.md",
    recognise: (seen) => told(seen.find("pods.ready", /^(\S+): not scheduled: /)),
};

export const crashLoop: Trouble = {
    id: "crash-loop",
    title: "A container ends again and again",
    looks: ["kubectl get pods shows CrashLoopBackOff or a growing number of restarts"],
    cause: "the process does not get on: a wrong configuration, etcd or a topic that it needs at its start is not there, or its probe kills it",
    tells: {
        "pods.restarts": "POD/CONTAINER: N restarts, last end: Error (exit code …), s ago",
        "pods.ready": "POD: CrashLoopBackOff, RunContainerError or CreateContainerConfigError",
    },
    wake: inTheWake,
    brings: ({ about }, seen) => lostWith(about, seen),
    fix: ({ namespace }, about) => [
        ...about.map((pod) => run(`kubectl -n ${namespace} logs --previous ${pod} --tail=30`)),
        run(`kubectl -n ${namespace} describe pod ${about.join(" ")}`),
    ],
    prevention: "change settings through m3perf up alone, which refuses wrong ones first; alert on restarts",
    docs: "docs/services.md",
    recognise(seen) {
        const ends = seen
            .find("pods.restarts", /^([^\s/]+)\/\S+: .*restart/)
            .filter(({ line }) => !line.includes("OOMKilled"));
        const starts = seen.find(
            "pods.ready",
            /^(\S+): (?:CrashLoopBackOff|RunContainerError|CreateContainer\w*Error)/,
        );
        const killedPods = seen.find("pods.restarts", killed).map(({ about }) => about);
        return told([...ends, ...starts].filter(({ about }) => !killedPods.includes(about)));
    },
};

/** Groups of pods.ready; etcd and m3db have troubles of their own. */
const services = ["coordinator", "query", "aggregator", "gateway", "m3db-operator", "admin coordinator"];

export const scaledDown: Trouble = {
    id: "workload-scaled-down",
    title: "A workload has fewer pods than it should",
    looks: [
        "query at 0: dashboards say connection refused; coordinators at 0: Prometheus' remote write piles up; aggregator at 0: aggregated series end",
    ],
    cause: "it was scaled down, or its pods cannot be created (quota, admission)",
    tells: {
        "pods.ready": "query: 0 pods instead of 2",
        "coordinator.ready": "deployment/m3coordinator has no pods instead of 2",
        "query.ready": "deployment/m3query has no pods instead of 2",
        "aggregator.leader": "statefulset/m3aggregator has no pods instead of 1",
    },
    wake: inTheWake,
    brings: ({ about }, seen) => lostWith(about, seen),
    fix: ({ namespace }, about) => [
        run(`kubectl -n ${namespace} get deployments,statefulsets`),
        run(`kubectl -n ${namespace} scale KIND/${about[0] ?? "NAME"} --replicas=N`),
        run("m3perf up --refresh", "sets the number of replicas again"),
    ],
    prevention: "set replicas in the stack's settings; no autoscaler on these workloads",
    docs: "docs/services.md",
    recognise(seen) {
        const { environment } = seen;
        const short = seen
            .find("pods.ready", /^([\w -]+): \d+ pods? instead of \d+$/)
            .filter(({ about }) => services.includes(about));
        // More than it should have, while an update rolls, is no lack.
        const lacking = short.filter(({ line }) => {
            const [, have, want] = /: (\d+) pods? instead of (\d+)/.exec(line) ?? [];
            return Number(have) < Number(want);
        });
        const workloads = [environment.coordinator, environment.query, environment.aggregator, environment.gateway];
        const fix = workloads.flatMap((service) => {
            if (!service || !lacking.some(({ about }) => service.workload.name.endsWith(about))) return [];
            const { kind, name, replicas } = service.workload;
            return [
                run(`kubectl -n ${environment.namespace} scale ${kind.toLowerCase()}/${name} --replicas=${replicas}`),
            ];
        });
        return told(lacking, fix.length > 0 ? { fix } : {});
    },
};

export const misplaced: Trouble = {
    id: "pods-misplaced",
    title: "Pods run on nodes that are not meant for them",
    looks: [
        "two replicas share a node, or M3DB shares its node with coordinators; one node's failure then costs more than one replica",
    ],
    cause: "labels or taints of the nodes were changed, or the pods were made by other hands",
    tells: { "pods.nodes": "POD: on NODE, which has not the role …; POD: shares NODE with POD" },
    wake: [],
    brings: () => [],
    fix: ({ namespace }) => [
        run(`kubectl -n ${namespace} get pods -o wide; kubectl get nodes --show-labels`),
        run(
            "m3perf up --refresh",
            "sets labels and taints again; then delete the pod, one at a time: it comes back on its node",
        ),
    ],
    prevention: "leave labels m3perf.io/… and the taint dedicated=m3db to m3perf up",
    docs: "docs/nodes.md",
    recognise: (seen) => told(seen.find("pods.nodes", /^(\S+): (?:on \S+, which has not|shares |of \S+, but )/)),
};
