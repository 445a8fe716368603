/** What a node is for. A node may have several roles. */
export type NodeRole = "master" | "m3db" | "coordinator" | "aggregator" | "repository";

/** Where and how SSH is answered, as a site file writes it; what a node leaves out comes from the site's own `ssh`. */
export interface SiteSsh {
    /** Address to dial; the node's address unless told. */
    host?: string;
    /** 22 unless told. */
    port?: number;
    /** root unless told; any other user needs sudo without a password. */
    user?: string;
    /** Path of the private key, relative to the site file; the key itself never enters a site file. */
    privateKeyFile?: string;
    /** The host's public key as in known_hosts ("ssh-ed25519 AAAA…"). */
    hostKey?: string;
    /** Path of a known_hosts file that has the host's key, relative to the site file. */
    knownHosts?: string;
    /** Host through which the connection goes. */
    jump?: Omit<SiteSsh, "jump" | "host"> & { host: string };
}

export interface SiteNode {
    /** The Kubernetes node's name. */
    name: string;
    roles: NodeRole[];
    /** Address that the node has inside the cluster and by which NodePorts are reached. */
    address: string;
    /** Cores, as the reference counts them. */
    cpu: number;
    /** Memory as a Kubernetes quantity: "8Gi". */
    memory: string;
    /** M3DB isolation group; for nodes with the role m3db. */
    isolationGroup?: string;
    /** What fails together with this node: rack, hypervisor, zone. Isolation groups are spread over these. */
    failureDomain?: string;
    ssh?: SiteSsh;
}

/** Through which Service Prometheus answers, for verify. */
interface PrometheusService {
    namespace: string;
    service: string;
    port: number;
}

/** (a) A server that is already there: its ConfigMap and its Deployment or StatefulSet are changed, and given back. */
export interface ExistingPrometheus extends PrometheusService {
    /** What `kind` is unless told. */
    kind?: "existing" | undefined;
    /** Workload whose pods run it: one of the two. */
    deployment?: string | undefined;
    statefulSet?: string | undefined;
    /** Container of its pods that is Prometheus; the one with --config.file unless told. */
    container?: string | undefined;
    /** ConfigMap and its key that hold prometheus.yml. */
    configMap: string;
    configKey: string;
}

/** (b) A Prometheus custom resource, which the prometheus-operator makes a server of. */
export interface OperatedPrometheus extends PrometheusService {
    kind: "operator";
    /** Name of the custom resource. */
    name: string;
}

/** (c) A release of the community's Helm chart: nothing in the cluster is touched, `m3perf helm-values` prints what to give it. */
export interface HelmPrometheus extends PrometheusService {
    kind: "helm";
    chart: HelmChart;
}

export type HelmChart = "prometheus" | "kube-prometheus-stack";

export type SitePrometheus = ExistingPrometheus | OperatedPrometheus | HelmPrometheus;

/** The host that keeps reports, logs and backups. */
export interface SiteRepository {
    /** Size that the claim asks for: "20Gi". */
    size: string;
    /**
     * export: the NFS export that the program makes on a node over SSH. existing: one that is there already. local: a
     * folder of a node, where the kernel has no NFS client.
     */
    source:
        | { kind: "export"; node: string; directory: string }
        | { kind: "existing"; server: string; path: string }
        | { kind: "local"; node: string; directory: string };
}

/** Where: nodes, access, storage, the existing Prometheus. A YAML file; `m3perf:site` is its path, or `lab`. */
export interface Site {
    name: string;
    /** Path of the kubeconfig; relative to the site file. Absent: no cluster at hand, only previews work. */
    kubeconfig?: string;
    /** Context in it; its current context unless told. */
    context?: string;
    nodes: SiteNode[];
    /** StorageClass for etcd's and M3DB's volumes. */
    storageClass: string;
    prometheus: SitePrometheus;
    /** Connection settings for every node that does not say otherwise. Absent: only nodes with an `ssh` of their own answer. */
    ssh?: SiteSsh;
    /** Command, run on this machine, that switches a host off and on again; "{node}" stands for its name. */
    powerCycle?: string[];
    /** For scenarios: commands, run on this machine, that switch a host off at once and on again; "{node}" stands for its name. */
    power?: { off: string[]; on: string[] };
    /** The nodes have no kernel of their own (a lab on one machine): no kernel upgrade, no host tuning. */
    sharedKernel?: boolean;
    repository?: SiteRepository;
    /** Said once by every command: how this site differs from the reference ("scaled 1:4", …). */
    note?: string;
}
