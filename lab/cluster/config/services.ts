/** The command line of each service of a lab machine: pure functions, one array each. */
import { join } from "node:path";
import { type AddressPlan, hostAddress } from "../addresses.ts";
import type { Layout } from "../layout.ts";
import { containerdSocket, type NodeContext } from "./node.ts";

export interface Service {
    name: string;
    /** The executable and its arguments. */
    command: string[];
}

/** Finds an executable by its name. */
export type Find = (name: string) => string;

const etcdClient = "http://127.0.0.1:2379";

export function controlPlaneServices(find: Find, plan: AddressPlan, files: Layout, folder: string): Service[] {
    const ca = files.certificate("ca");
    const component = (name: string) => [
        `--kubeconfig=${files.componentKubeconfig(name)}`,
        `--authentication-kubeconfig=${files.componentKubeconfig(name)}`,
        `--authorization-kubeconfig=${files.componentKubeconfig(name)}`,
        `--tls-cert-file=${files.certificate(name)}`,
        `--tls-private-key-file=${files.key(name)}`,
        "--bind-address=127.0.0.1",
        "--leader-elect=false",
        "--profiling=false",
    ];
    return [
        {
            name: "etcd",
            command: [
                find("etcd"),
                "--name=control-plane",
                `--data-dir=${join(folder, "etcd")}`,
                `--listen-client-urls=${etcdClient}`,
                `--advertise-client-urls=${etcdClient}`,
                "--listen-peer-urls=http://127.0.0.1:2380",
                "--initial-advertise-peer-urls=http://127.0.0.1:2380",
                "--initial-cluster=control-plane=http://127.0.0.1:2380",
                // A lab's cluster state may be lost when the machine itself loses power: a lab is soon made again.
                "--unsafe-no-fsync",
            ],
        },
        {
            name: "kube-apiserver",
            command: [
                find("kube-apiserver"),
                `--etcd-servers=${etcdClient}`,
                `--bind-address=0.0.0.0`,
                `--advertise-address=${plan.controlPlane}`,
                "--secure-port=6443",
                `--service-cluster-ip-range=${plan.serviceNetwork}`,
                "--service-node-port-range=30000-32767",
                "--allow-privileged=true",
                "--authorization-mode=Node,RBAC",
                "--enable-admission-plugins=NodeRestriction",
                // No kube-proxy runs beside the API server: it reaches the metrics server by its pod's address.
                "--enable-aggregator-routing=true",
                `--client-ca-file=${ca}`,
                `--tls-cert-file=${files.certificate("apiserver")}`,
                `--tls-private-key-file=${files.key("apiserver")}`,
                "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
                `--service-account-key-file=${join(files.pki, "sa.pub")}`,
                `--service-account-signing-key-file=${files.key("sa")}`,
                `--kubelet-client-certificate=${files.certificate("apiserver-kubelet")}`,
                `--kubelet-client-key=${files.key("apiserver-kubelet")}`,
                `--kubelet-certificate-authority=${ca}`,
                "--kubelet-preferred-address-types=InternalIP",
                `--requestheader-client-ca-file=${ca}`,
                "--requestheader-allowed-names=front-proxy",
                "--requestheader-extra-headers-prefix=X-Remote-Extra-",
                "--requestheader-group-headers=X-Remote-Group",
                "--requestheader-username-headers=X-Remote-User",
                `--proxy-client-cert-file=${files.certificate("front-proxy")}`,
                `--proxy-client-key-file=${files.key("front-proxy")}`,
                "--profiling=false",
            ],
        },
        {
            name: "kube-controller-manager",
            command: [
                find("kube-controller-manager"),
                ...component("controller-manager"),
                "--use-service-account-credentials=true",
                `--root-ca-file=${ca}`,
                `--service-account-private-key-file=${files.key("sa")}`,
                `--cluster-signing-cert-file=${ca}`,
                `--cluster-signing-key-file=${files.key("ca")}`,
                // A stopped kubelet is noticed after 20 s, not Kubernetes' 50 s; a failure test need not wait longer.
                "--node-monitor-grace-period=20s",
                "--node-monitor-period=2s",
            ],
        },
        { name: "kube-scheduler", command: [find("kube-scheduler"), ...component("scheduler")] },
    ];
}

export function nodeServices(find: Find, context: NodeContext, files: Layout): Service[] {
    const { plan, host, folder } = context;
    const address = hostAddress(plan, host.ordinal);
    return [
        {
            name: "sshd",
            command: [find("sshd"), "-D", "-e", "-f", join(folder, "etc", "sshd_config")],
        },
        {
            name: "containerd",
            command: [find("containerd"), "--config", join(folder, "etc", "containerd.toml"), "--log-level", "warn"],
        },
        {
            name: "kubelet",
            command: [
                find("kubelet"),
                `--config=${join(folder, "etc", "kubelet.json")}`,
                `--kubeconfig=${files.componentKubeconfig(host.name)}`,
                `--root-dir=${join(folder, "kubelet")}`,
                `--cert-dir=${join(folder, "kubelet", "pki")}`,
                // Deprecated, but without it container labels and pod network figures are lost (facts.md 3.5).
                `--containerd=${containerdSocket}`,
                `--hostname-override=${host.name}`,
                `--node-ip=${address}`,
            ],
        },
        {
            name: "kube-proxy",
            command: [
                find("kube-proxy"),
                `--config=${join(folder, "etc", "kube-proxy.json")}`,
                `--hostname-override=${host.name}`,
            ],
        },
    ];
}

/**
 * Keeps every file below a folder under a size: what is over it is copied to "<file>.1" and cut to nothing; the writers
 * append, so they go on at the beginning. The script is fixed; folder and size are its arguments.
 */
export function logLimiter(folder: string, kibibytes: number): Service {
    const script =
        'while sleep 30; do find "$1" -type f -name "*.log" -size "+$2k" -exec sh -c \'cp "$1" "$1.1"; : >"$1"\' sh {} ";"; done';
    return { name: "log-limiter", command: ["/bin/sh", "-c", script, "sh", folder, String(kibibytes)] };
}
