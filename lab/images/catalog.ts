/**
 * Every image of the lab, as data: the official name that manifests use, and what we put in it when the official one
 * cannot be had. Paths, entry point, user and ports are the official images', so that the same manifest fits both.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../support/paths.ts";
import type { Origin } from "../types.ts";
import type { ContainerConfig } from "./layout.ts";
import type { Entry } from "./tar.ts";

/** One layer: executables with the libraries that the layers below lack, and small files. */
export interface LayerRecipe {
    name: string;
    /** Executable (a name of lab/tools; "node" is ours to find) → folder in the image. */
    executables?: Record<string, string>;
    /** Folders of this machine that go in (data of an executable's Debian package), where they exist, but for some paths. */
    folders?: { path: string; without: RegExp }[];
    entries?: Entry[];
    /** Made when the image is built, by build.ts: the base's busybox links and certificates, the operator's bundle. */
    generated?: "base" | "operator";
}

export interface ImageRecipe {
    /** Official name with tag. */
    reference: string;
    /** From the bottom up; the same recipe in two images is the same blob. */
    layers: LayerRecipe[];
    config: ContainerConfig;
    /** Origin of ours; the first executable of the top layer tells it where this is absent. */
    origin?: Origin;
    /** What a user must know beyond the executables and their versions. */
    note?: string;
}

const path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const ports = (...numbers: number[]) => Object.fromEntries(numbers.map((number) => [`${number}/tcp`, {}]));
const nobody = 65534;

/** glibc with its resolver, busybox and its commands, CA certificates, users. Below every image: pulled once by a node. */
const base: LayerRecipe = {
    name: "base",
    generated: "base",
    executables: { busybox: "usr/bin" },
    entries: [
        ...["bin", "sbin", "lib", "lib64"].map(
            (name): Entry => ({ path: name, type: "link", target: name === "sbin" ? "usr/bin" : `usr/${name}` }),
        ),
        { path: "usr/lib64", type: "directory" },
        { path: "usr/sbin", type: "link", target: "bin" },
        ...["dev", "proc", "sys", "run", "usr/lib", "usr/local/bin", "var/lib"].map(
            (name): Entry => ({ path: name, type: "directory" }),
        ),
        { path: "root", type: "directory", mode: 0o700 },
        { path: "tmp", type: "directory", mode: 0o1777 },
        { path: "var/tmp", type: "directory", mode: 0o1777 },
        {
            path: "etc/passwd",
            type: "text",
            text: "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n",
        },
        { path: "etc/group", type: "text", text: "root:x:0:\nnobody:x:65534:\n" },
        { path: "etc/hosts", type: "text", text: "127.0.0.1 localhost\n::1 localhost\n" },
        // Go's own resolver and glibc's both read it: search domains ("etcd-0.etcd") then work in either.
        { path: "etc/nsswitch.conf", type: "text", text: "passwd: files\ngroup: files\nhosts: files dns\n" },
    ],
};

/** What the manual run's checks call inside M3's containers. */
const clients: LayerRecipe = { name: "clients", executables: { curl: "usr/bin", jq: "usr/bin" } };

const nodeRuntime: LayerRecipe = { name: "node", executables: { node: "usr/local/bin" } };

const m3Service = (name: string, ...exposed: number[]): ImageRecipe => ({
    reference: `quay.io/m3db/${name}:v1.5.0`,
    layers: [base, clients, { name, executables: { [name]: "usr/bin" } }],
    config: {
        Entrypoint: [`/bin/${name}`],
        Cmd: ["-f", `/etc/${name}/${name}.yml`],
        Env: [path],
        ExposedPorts: ports(...exposed),
    },
    note: `without the sample configuration /etc/${name}/${name}.yml: mount one`,
});

/** Version of the Node binary in the node image: the one that bin/bootstrap takes from the npm registry. */
export const nodeVersion = Object.values(
    JSON.parse(readFileSync(join(projectRoot, "bin/node/package.json"), "utf8")).optionalDependencies as object,
)[0] as string;

export const catalog: ImageRecipe[] = [
    m3Service("m3dbnode", 2379, 2380, 7201, 7203, 9000, 9001, 9002, 9003, 9004),
    m3Service("m3coordinator", 7201, 7203),
    m3Service("m3query", 7201, 7203),
    m3Service("m3aggregator", 5000, 6000, 6001),
    {
        reference: "quay.io/m3db/m3db-operator:v0.14.0",
        layers: [base, nodeRuntime, { name: "m3db-operator", generated: "operator" }],
        config: { Entrypoint: ["/usr/local/bin/m3db-operator"], Env: [path] },
        origin: "substitute",
        note: "not the official operator, which cannot be built from a registry: lab/operator reconciles M3DBCluster as 0.14.0 does",
    },
    {
        reference: "quay.io/coreos/etcd:v3.4.23",
        layers: [base, { name: "etcd", executables: { etcd: "usr/local/bin", etcdctl: "usr/local/bin" } }],
        config: { Cmd: ["/usr/local/bin/etcd"], Env: [path], ExposedPorts: ports(2379, 2380) },
    },
    {
        reference: "quay.io/prometheus/prometheus:v2.42.0",
        layers: [
            base,
            {
                name: "prometheus",
                executables: { prometheus: "usr/lib/prometheus", promtool: "usr/bin" },
                // The web pages; 212 MB of time zone data beside them is in no page.
                folders: [{ path: "/usr/share/prometheus", without: /moment-timezone\/data\// }],
                entries: [
                    {
                        path: "usr/bin/prometheus",
                        type: "text",
                        mode: 0o755,
                        // Debian's build never locks unless told to by a flag of its own and refuses upstream's --storage.tsdb.no-lockfile.
                        // Its paths without arguments are its own, too: upstream's are below the working folder.
                        text:
                            "#!/bin/sh\nfor argument; do\n    shift\n    case $argument in\n" +
                            "    --storage.tsdb.no-lockfile | --no-storage.tsdb.no-lockfile) ;;\n" +
                            '    *) set -- "$@" "$argument" ;;\n    esac\ndone\n' +
                            'case " $* " in\n    *" --storage.tsdb.path"* | *" --storage.agent.path"*) ;;\n' +
                            '    *" --enable-feature=agent"*) set -- "$@" --storage.agent.path=data-agent/ ;;\n' +
                            '    *) set -- "$@" --storage.tsdb.path=data/ ;;\nesac\nexec /usr/lib/prometheus/prometheus "$@"\n',
                    },
                    { path: "prometheus", type: "directory", owner: nobody },
                    {
                        path: "etc/prometheus/prometheus.yml",
                        type: "text",
                        text: "scrape_configs:\n  - job_name: prometheus\n    static_configs:\n      - targets: [localhost:9090]\n",
                    },
                ],
            },
        ],
        config: {
            Entrypoint: ["/bin/prometheus"],
            Cmd: ["--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus"],
            Env: [path],
            User: "nobody",
            WorkingDir: "/prometheus",
            ExposedPorts: ports(9090),
            Volumes: { "/prometheus": {} },
        },
        note: "without the React interface and the sample consoles",
    },
    {
        reference: `docker.io/library/node:${nodeVersion}-slim`,
        layers: [base, nodeRuntime],
        config: { Cmd: ["node"], Env: [path, `NODE_VERSION=${nodeVersion}`] },
        origin: "substitute",
        note: "Node's own binary from the npm registry (package node-linux-…); without npm, yarn and Debian's tools",
    },
    {
        reference: "docker.io/library/nginx:1.22.1",
        layers: [
            base,
            {
                name: "nginx",
                // In the official image it is in usr/sbin, which is a link to usr/bin in ours.
                executables: { nginx: "usr/bin" },
                entries: ["var/cache/nginx", "var/log/nginx", "etc/nginx"].map(
                    (name): Entry => ({ path: name, type: "directory" }),
                ),
            },
        ],
        config: { Cmd: ["nginx", "-g", "daemon off;"], Env: [path], ExposedPorts: ports(80), StopSignal: "SIGQUIT" },
        note: "without the sample configuration in /etc/nginx and the entry point's scripts: mount a configuration and name it with -c",
    },
    {
        reference: "registry.k8s.io/pause:3.10",
        layers: [
            base,
            {
                name: "pause",
                entries: [
                    {
                        path: "pause",
                        type: "text",
                        mode: 0o755,
                        // As process 1 the shell reaps the pod's orphans and ends at SIGTERM: what pause is for. It
                        // ends when `sleep` cannot be started: a loop that does not wait would take a whole core.
                        text: "#!/bin/sh\ntrap 'exit 0' INT TERM\nwhile sleep 2147483647 & wait $!; do :; done\nexit 1\n",
                    },
                ],
            },
        ],
        config: { Entrypoint: ["/pause"], Env: [path], User: "65535:65535" },
        origin: "substitute",
        note: "a busybox shell that waits and reaps",
    },
    {
        reference: "registry.k8s.io/coredns/coredns:v1.14.7",
        layers: [base, { name: "coredns", executables: { coredns: "." } }],
        config: { Entrypoint: ["/coredns"], Env: [path], ExposedPorts: ports(53) },
        note: "with the plugins a cluster DNS needs and no others; as root (the official one runs as nonroot)",
    },
    {
        reference: "registry.k8s.io/metrics-server/metrics-server:v0.9.0",
        layers: [base, { name: "metrics-server", executables: { "metrics-server": "." } }],
        config: { Entrypoint: ["/metrics-server"], Env: [path], User: "65534" },
    },
    {
        reference: "docker.io/rancher/local-path-provisioner:v0.0.30",
        layers: [base, { name: "local-path-provisioner", executables: { "local-path-provisioner": "usr/bin" } }],
        config: { Cmd: ["local-path-provisioner"], Env: [path] },
    },
    {
        reference: "docker.io/library/busybox:1.35.0",
        layers: [base],
        config: { Cmd: ["sh"], Env: [path] },
        note: "with glibc and CA certificates; the lab's volume provisioner uses it as its helper",
    },
];
