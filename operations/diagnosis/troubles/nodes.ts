import type { Seen } from "../seen.ts";
import { run, type Trouble, told } from "../trouble.ts";
import { dataChecks, etcdChecks, m3dbChecks, podChecks, serviceChecks } from "./wake.ts";

const away = /^(\S+): (?:Ready=Unknown.*|not in the cluster|its kubelet has reported nothing yet)$/;

/** Whether what ran on a node still answers: the API server reaches pods past the kubelet, so a stopped kubelet hides nothing. */
function podsAnswer(seen: Seen, name: string): boolean {
    const node = seen.environment.nodes.find((one) => one.name === name);
    if (!node) return false;
    const databases = seen.podsOfGroup(node.isolationGroup);
    const asked = [
        ...(node.roles.includes("m3db")
            ? [databases.length > 0 && seen.named("m3db.health", databases).length < databases.length]
            : []),
        ...(node.roles.includes("coordinator") ? [seen.passed("coordinator.ready") && seen.passed("query.ready")] : []),
        ...(node.roles.includes("aggregator") ? [seen.passed("aggregator.leader")] : []),
    ];
    return asked.length > 0 && asked.every(Boolean);
}

/** What a node takes with it, by its roles. Two of the database's nodes are a majority of three. */
function lostWith(nodes: string[], seen: Seen): string[] {
    const has = (role: "m3db" | "coordinator" | "aggregator") =>
        seen.nodesWith(role).filter((name) => nodes.includes(name)).length;
    const hasPrometheus = seen.environment.nodes.some(
        ({ name, roles }) => nodes.includes(name) && roles.includes("repository"),
    );
    return [
        ...(has("m3db") > 0 ? ["etcd-member-down", "dbnode-down"] : []),
        ...(has("m3db") > 1 ? ["etcd-quorum-lost", "dbnode-majority-lost"] : []),
        ...(has("coordinator") > 0 ? ["service-not-ready"] : []),
        ...(has("aggregator") > 0 ? ["aggregator-no-leader", "aggregates-missing"] : []),
        ...(hasPrometheus ? ["prometheus-not-answering"] : []),
        "pod-unschedulable",
        "nodeport-silent",
        "workload-scaled-down",
        "replica-hole",
        "replica-misses-writes",
        "endpoint-stale",
        "remote-write-backlog",
        "remote-read-fails",
        "series-missing",
        "round-trip-fails",
        "crash-loop",
    ];
}

export const nodeDown: Trouble = {
    id: "node-down",
    title: "A node is down or cut off",
    looks: [
        "kubectl get nodes shows NotReady; ping and SSH do not answer",
        "writes and reads go on as long as a majority of the replicas is left; dashboards of that node stop",
    ],
    cause: "the host is off, has crashed (kernel panic, out of memory), or its network is down",
    tells: {
        "nodes.ready": "NODE: Ready=Unknown (NodeStatusUnknown), and the pods on it do not answer either",
    },
    wake: [...podChecks, ...etcdChecks, ...m3dbChecks, ...serviceChecks, ...dataChecks, "data.holes", "nodes.clock"],
    brings: ({ about }, seen) => lostWith(about, seen),
    fix: (_, about) => [
        ...about.map((node) => run(`kubectl describe node ${node}`)),
        "power the host on again or mend its network, then wait: kubelet, etcd and M3DB come back by themselves",
        run("m3perf verify --wait 240"),
        "a replica that was away lacks the samples of that time: m3perf diagnose replica-hole",
    ],
    prevention:
        "one database node in each failure domain (isolation groups), so that one that is away costs one replica; memory limits that leave the kernel its share (m3perf doctor)",
    docs: "docs/nodes.md",
    recognise(seen) {
        return told(seen.find("nodes.ready", away).filter(({ about }) => !podsAnswer(seen, about)));
    },
};

export const kubeletDown: Trouble = {
    id: "kubelet-down",
    title: "A node's kubelet is down, and its containers go on",
    looks: [
        "kubectl get nodes shows NotReady, but M3's pods on it still answer",
        "nothing on the node is restarted or rescheduled for about five minutes; then Kubernetes wants its pods elsewhere",
    ],
    cause: "the kubelet was stopped or crashed, cannot reach the API server, or its container runtime does not answer",
    tells: {
        "nodes.ready":
            "NODE: Ready=Unknown (NodeStatusUnknown) while its pods still answer, or Ready=False (KubeletNotReady)",
    },
    wake: [...podChecks, "nodes.ports", "nodes.clock", "m3db.endpoints", "aggregator.endpoints", "prometheus.series"],
    brings: ({ about }, seen) =>
        lostWith(about, seen).filter((id) =>
            ["pod-unschedulable", "nodeport-silent", "workload-scaled-down", "endpoint-stale"].includes(id),
        ),
    fix: (_, about) =>
        about.flatMap((node) => [
            run(`ssh ${node} systemctl status kubelet containerd`),
            run(`ssh ${node} systemctl restart kubelet`),
        ]),
    prevention:
        "keep the kubelet under systemd with Restart=always; watch node conditions (kube_node_status_condition)",
    docs: "docs/nodes.md",
    recognise(seen) {
        return told([
            ...seen.find("nodes.ready", away).filter(({ about }) => podsAnswer(seen, about)),
            ...seen.find("nodes.ready", /^(\S+): Ready=False/),
        ]);
    },
};

export const nodePressure: Trouble = {
    id: "node-pressure",
    title: "A node runs out of memory, disk or process ids",
    looks: ["pods are evicted from one node again and again; kubectl describe node names the pressure"],
    cause: "what runs there takes more than the node has: pods without limits, data that outgrew its disk, logs, other services of the host",
    tells: { "nodes.ready": "NODE: MemoryPressure=True, DiskPressure=True or PIDPressure=True" },
    wake: ["pods.ready", "pods.nodes", "pods.restarts"],
    brings: () => [
        "dbnode-down",
        "etcd-member-down",
        "service-not-ready",
        "pod-unschedulable",
        "crash-loop",
        "dbnode-oom",
        "service-oom",
    ],
    fix: (_, about) => [
        ...about.map((node) => run(`kubectl describe node ${node}`)),
        ...about.map((node) => run(`ssh ${node} 'df -h; free -m; ps aux --sort=-rss | head'`)),
        "make room, or give the node more (m3perf size tells what the load needs)",
    ],
    prevention: "size nodes with m3perf size; keep 10 % of the kubelet's disk free (m3perf doctor looks at it)",
    docs: "docs/size.md",
    recognise: (seen) => told(seen.find("nodes.ready", /^(\S+): (?:Memory|Disk|PID)Pressure=True/)),
};

export const nodePortSilent: Trouble = {
    id: "nodeport-silent",
    title: "A NodePort does not answer",
    looks: [
        "curl NODE:32555 (or 32556, 32558, 32330) is refused or hangs, while the same service answers inside the cluster",
    ],
    cause: "the Service was changed or deleted by other hands, kube-proxy is down on that node, or a firewall is between",
    tells: {
        "nodes.ports":
            "NODE SERVICE PORT: connection refused, or no answer in time, while the service's pods are ready",
    },
    wake: dataChecks,
    brings: () => ["round-trip-fails", "aggregates-missing", "series-missing", "remote-read-fails"],
    fix: ({ namespace }) => [
        run(`kubectl -n ${namespace} get services,endpoints`),
        run("m3perf up --refresh", "sets the Services again"),
        run("kubectl -n kube-system logs -l k8s-app=kube-proxy --tail=50"),
        "nft list ruleset, or iptables-save, on the node: is the port dropped?",
    ],
    prevention: "allow 30000 to 32767/tcp between the nodes and whoever writes; leave the Services to m3perf up",
    docs: "docs/services.md",
    recognise: (seen) =>
        told(seen.find("nodes.ports", /^\S+ (\w+ \d+)\/\S+: /), {
            sure: seen.passed("coordinator.ready") && seen.passed("query.ready") ? "certain" : "likely",
        }),
};

export const clockApart: Trouble = {
    id: "clock-apart",
    title: "A node's clock is off",
    looks: [
        "samples have wrong times or are refused; elections and leases get unsteady; graphs of two nodes do not line up",
    ],
    cause: "NTP does not keep the clock of the host (or of this machine, where every node seems to be off)",
    tells: { "nodes.clock": "NODE: at least 4.0 s ahead of this machine" },
    wake: ["prometheus.remote_write", "prometheus.series", "data.aggregated"],
    brings: () => ["remote-write-refused", "series-missing", "aggregates-missing"],
    fix: (_, about) => [
        ...about.map((node) => run(`ssh ${node} chronyc makestep`)),
        "keep NTP on: `systemctl enable --now chronyd`; `m3perf doctor` measures each host's clock",
    ],
    prevention: "NTP on every host; an alert on node_timex_offset_seconds",
    docs: "docs/doctor.md",
    recognise: (seen) => told(seen.find("nodes.clock", /^(\S+): at least /)),
};
