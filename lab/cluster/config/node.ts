/** Configuration files of a lab host: pure functions of its addresses and folders (facts.md 3). */
import { join } from "node:path";
import { pauseImage } from "../../images/index.ts";
import { type AddressPlan, hostAddress, podSubnet } from "../addresses.ts";
import type { LabHost } from "../hosts.ts";

export interface NodeContext {
    /** Path of the node's cgroup: "/m3perf/lab/worker-1". */
    cgroup: string;
    plan: AddressPlan;
    host: LabHost;
    /** The host's folder: its disk. */
    folder: string;
    /** PEM files. */
    files: { ca: string; certificate: string; key: string };
    /** Folder of the CNI plugins' executables. */
    cniPlugins: string;
    runc: string;
    /** OCI specification that every container begins with; containerd's own default where there is none. */
    baseSpec?: string;
    /** What the whole machine has. */
    machine: { cores: number; memoryMi: number };
}

export const containerdSocket = "/run/containerd/containerd.sock";
export const registryPort = 5000;

/** Bridge network of the node's pods; the machine's own addresses are host-local's. */
export function cniConfig({ plan, host }: NodeContext): object {
    return {
        cniVersion: "0.4.0",
        name: "m3perf",
        plugins: [
            {
                type: "bridge",
                bridge: "cni0",
                isGateway: true,
                isDefaultGateway: true,
                forceAddress: true,
                ipMasq: false,
                hairpinMode: true,
                ipam: {
                    type: "host-local",
                    dataDir: "/run/cni", // forgotten at power-off, as the pods' networks are
                    ranges: [[{ subnet: podSubnet(plan, host.ordinal) }]],
                },
            },
            { type: "portmap", capabilities: { portMappings: true } },
        ],
    };
}

/**
 * containerd 2.x. `version` and `disabled_plugins` come before any table, or the file is read as version 1 (facts.md 3.3);
 * `restrict_oom_score_adj` where CAP_SYS_RESOURCE is not to be had (facts.md 3.1). Its own statistics of pods are asked for by nobody here (the
 * kubelet has cAdvisor's); each second, its default, they were two thirds of what the shims used.
 */
export function containerdConfig({ folder, cniPlugins, runc, cgroup, baseSpec }: NodeContext): string {
    const unused = [
        "io.containerd.snapshotter.v1.blockfile",
        "io.containerd.snapshotter.v1.btrfs",
        "io.containerd.snapshotter.v1.devmapper",
        "io.containerd.snapshotter.v1.erofs",
        "io.containerd.snapshotter.v1.zfs",
        "io.containerd.tracing.processor.v1.otlp",
        "io.containerd.internal.v1.tracing",
        "io.containerd.nri.v1.nri",
    ];
    return `version = 3
root = ${quote(join(folder, "containerd"))}
state = "/run/containerd/state"
oom_score = 0
disabled_plugins = [${unused.map(quote).join(", ")}]

[grpc]
address = ${quote(containerdSocket)}

[ttrpc]
address = ${quote(`${containerdSocket}.ttrpc`)}

[plugins."io.containerd.internal.v1.opt"]
path = ${quote(join(folder, "containerd-opt"))}

[plugins."io.containerd.cri.v1.images".pinned_images]
sandbox = ${quote(pauseImage)}

[plugins."io.containerd.cri.v1.images".registry]
config_path = ${quote(join(folder, "certs.d"))}

[plugins."io.containerd.grpc.v1.cri"]
stream_server_address = "127.0.0.1"

[plugins."io.containerd.cri.v1.runtime"]
restrict_oom_score_adj = true
netns_mounts_under_state_dir = true
stats_collect_period = "15s"

[plugins."io.containerd.cri.v1.runtime".cni]
bin_dirs = [${quote(cniPlugins)}]
conf_dir = ${quote(join(folder, "cni"))}

[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
${baseSpec ? `base_runtime_spec = ${quote(baseSpec)}\n` : ""}
[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
SystemdCgroup = false
BinaryName = ${quote(runc)}
Root = "/run/runc"
ShimCgroup = ${quote(`${cgroup}/shims`)}
`;
}

/** Kubelets see the whole machine: what is not this node's is reserved, so that "allocatable" is the node's own. */
export function kubeletConfig({ plan, host, folder, files, cgroup, machine }: NodeContext): object {
    const address = hostAddress(plan, host.ordinal);
    const evictionMi = 100;
    return {
        apiVersion: "kubelet.config.k8s.io/v1beta1",
        kind: "KubeletConfiguration",
        address,
        port: 10250,
        healthzBindAddress: "127.0.0.1",
        containerRuntimeEndpoint: `unix://${containerdSocket}`,
        cgroupDriver: "cgroupfs",
        cgroupRoot: cgroup,
        failCgroupV1: false,
        failSwapOn: false,
        enforceNodeAllocatable: ["pods"],
        systemReserved: {
            memory: `${machine.memoryMi - host.podMemoryMi - evictionMi}Mi`,
            cpu: `${(machine.cores - host.cpu) * 1000}m`,
        },
        evictionHard: { "memory.available": `${evictionMi}Mi`, "nodefs.available": "2%", "imagefs.available": "2%" },
        imageGCHighThresholdPercent: 100,
        imageGCLowThresholdPercent: 99,
        podLogsDir: join(folder, "pod-logs"),
        volumePluginDir: join(folder, "volume-plugins"),
        resolvConf: join(folder, "resolv.conf"),
        clusterDNS: [plan.dns],
        clusterDomain: "cluster.local",
        tlsCertFile: files.certificate,
        tlsPrivateKeyFile: files.key,
        authentication: { anonymous: { enabled: false }, webhook: { enabled: true }, x509: { clientCAFile: files.ca } },
        authorization: { mode: "Webhook" },
        nodeStatusUpdateFrequency: "5s",
        nodeLeaseDurationSeconds: 10,
        serializeImagePulls: false,
        registerWithTaints: host.roles.includes("master")
            ? [{ key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" }]
            : [],
    };
}

export function kubeProxyConfig({ plan, host }: NodeContext, kubeconfig: string): object {
    const address = hostAddress(plan, host.ordinal);
    return {
        apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
        kind: "KubeProxyConfiguration",
        mode: "nftables",
        clusterCIDR: plan.podNetwork,
        healthzBindAddress: `${address}:10256`,
        metricsBindAddress: `${address}:10249`,
        nodePortAddresses: [plan.hostNetwork],
        clientConnection: { kubeconfig },
        // Zero leaves the machine's own connection tracking alone.
        conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: "0s", tcpCloseWaitTimeout: "0s" },
    };
}

/** Root by key alone, on the node's own address. */
export function sshdConfig({ plan, host, folder }: NodeContext, authorizedKeys: string): string {
    return `${[
        `ListenAddress ${hostAddress(plan, host.ordinal)}:22`,
        `HostKey ${join(folder, "ssh", "host_key")}`,
        `AuthorizedKeysFile ${authorizedKeys}`,
        "PidFile none",
        "StrictModes no", // whose folder the lab's is, is not sshd's concern: the key file is the lab's own, 0600
        "UsePAM no",
        "PermitRootLogin prohibit-password",
        "AllowUsers root",
        "AuthenticationMethods publickey",
        "PasswordAuthentication no",
        "KbdInteractiveAuthentication no",
        "X11Forwarding no",
        "PrintMotd no",
        "MaxStartups 50",
        "SetEnv PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "Subsystem sftp internal-sftp",
    ].join("\n")}\n`;
}

/** TOML's basic strings are JSON's for the characters that occur here. */
function quote(text: string): string {
    return JSON.stringify(text);
}
