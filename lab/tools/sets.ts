/**
 * What is built from Go modules, as data. M3 and the others need manifests of their own, since their replace lines disagree
 * (facts.md 1); but what two sets compile of the same module has the same version wherever both build with it, so that Go
 * compiles it once. The version of a set is that of its manifest; `-X` makes each binary tell it.
 */
import type { VersionProbe } from "./versions.ts";

export type SetName =
    | "pulumi"
    | "kubernetes"
    | "m3"
    | "containerd"
    | "coredns"
    | "metrics-server"
    | "local-path-provisioner"
    | "kwok"
    | "kube-router";

export interface ToolSet {
    name: SetName;
    /** For people: "Kubernetes 1.35.4". */
    title: string;
    version: string;
    /** The folder of sets/ with its go.mod; that of its name unless told. */
    manifest?: string;
    /** Binary → package. Several packages may be called "main" (M3's are), so each is built to a name of its own. */
    binaries: Record<string, string>;
    /** Variables that the linker sets, full name → value: what the project's own release build sets. */
    variables: Record<string, string>;
    /** How a binary of the set tells its version; by name where they differ. */
    probe: VersionProbe | Record<string, VersionProbe>;
    /** Greatest memory of a build with two compilers at once, MiB, rounded up (measured, Go 1.26). */
    memoryMiB: number;
    /** Minutes of one core's work after what it shares with those before it, for the order (longest first) and the estimate. */
    coreMinutes: number;
}

const k8sVersion = (version: string) => ({
    ...Object.fromEntries(
        ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"].flatMap((name) => [
            [`${name}.gitVersion`, `v${version}`],
            [`${name}.gitMajor`, version.split(".")[0] ?? ""],
            [`${name}.gitMinor`, version.split(".")[1] ?? ""],
            [`${name}.gitTreeState`, "archive"],
            [`${name}.gitCommit`, "unknown"],
        ]),
    ),
});
const m3Service = (name: string) => `github.com/m3db/m3/src/cmd/services/${name}/main`;
const m3BuildInfo = "github.com/m3db/m3/src/x/instrument";

export const toolSets: ToolSet[] = [
    {
        name: "kubernetes",
        title: "Kubernetes 1.35.4",
        version: "1.35.4",
        binaries: {
            "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
            "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
            "kube-scheduler": "k8s.io/kubernetes/cmd/kube-scheduler",
            "kube-proxy": "k8s.io/kubernetes/cmd/kube-proxy",
            kubelet: "k8s.io/kubernetes/cmd/kubelet",
            kubectl: "k8s.io/kubernetes/cmd/kubectl",
        },
        variables: k8sVersion("1.35.4"),
        probe: {
            kubectl: { args: ["version", "--client"], pattern: /Client Version: v(\S+)/ },
            "": { args: ["--version"], pattern: /Kubernetes v(\S+)/ },
        },
        memoryMiB: 4096,
        coreMinutes: 12,
    },
    {
        name: "metrics-server",
        title: "metrics-server 0.9.0",
        // Most of it is Kubernetes 1.36's libraries. With those of 1.35 it does not compile, and 0.8.0, which does, panics as it starts.
        version: "0.9.0",
        binaries: { "metrics-server": "sigs.k8s.io/metrics-server/cmd/metrics-server" },
        variables: k8sVersion("0.9.0"),
        probe: { args: ["--version"], pattern: /^v(\S+)/ },
        memoryMiB: 3072,
        coreMinutes: 5,
    },
    {
        name: "pulumi",
        title: "Pulumi CLI 3.259.0",
        version: "3.259.0",
        binaries: { pulumi: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi" },
        variables: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": "3.259.0" },
        probe: { args: ["version"], pattern: /^v?(\d\S+)/ },
        memoryMiB: 3072,
        coreMinutes: 7.5,
    },
    {
        name: "coredns",
        title: "CoreDNS 1.14.7",
        version: "1.14.7",
        binaries: { coredns: "." },
        variables: {},
        probe: { args: ["-version"], pattern: /^CoreDNS-(\S+)/ },
        memoryMiB: 2048,
        coreMinutes: 1,
    },
    {
        name: "m3",
        title: "M3 1.5.0",
        version: "1.5.0",
        binaries: {
            m3dbnode: m3Service("m3dbnode"),
            m3coordinator: m3Service("m3coordinator"),
            m3query: m3Service("m3query"),
            m3aggregator: m3Service("m3aggregator"),
        },
        // M3 has no version flag: like its own release builds, it tells the version at start.
        variables: { [`${m3BuildInfo}.Version`]: "v1.5.0", [`${m3BuildInfo}.LogBuildInfoAtStartup`]: "true" },
        probe: { args: ["-h"], pattern: /Build Version:\s+v(\S+)/ },
        memoryMiB: 2048,
        coreMinutes: 2.5,
    },
    {
        name: "containerd",
        title: "containerd 2.4.2",
        version: "2.4.2",
        binaries: {
            containerd: "github.com/containerd/containerd/v2/cmd/containerd",
            "containerd-shim-runc-v2": "github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2",
            ctr: "github.com/containerd/containerd/v2/cmd/ctr",
        },
        variables: { "github.com/containerd/containerd/v2/version.Version": "v2.4.2" },
        probe: {
            "containerd-shim-runc-v2": { args: ["-v"], pattern: /Version:\s+v?(\S+)/ },
            "": { args: ["--version"], pattern: /containerd\/v2 v?(\S+)/ },
        },
        memoryMiB: 2048,
        coreMinutes: 1.5,
    },
    {
        name: "local-path-provisioner",
        title: "local-path-provisioner 0.0.30",
        version: "0.0.30",
        manifest: "kubernetes",
        binaries: { "local-path-provisioner": "github.com/rancher/local-path-provisioner" },
        variables: { "main.VERSION": "v0.0.30" },
        probe: { args: ["--version"], pattern: /version v(\S+)/ },
        memoryMiB: 2048,
        coreMinutes: 0.2,
    },
];

/** What only a benchmark or a test runs: built where it is asked for by name. */
export const extraSets: ToolSet[] = [
    {
        name: "kwok",
        title: "kwok 0.8.0",
        version: "0.8.0",
        binaries: { kwok: "sigs.k8s.io/kwok/cmd/kwok" },
        variables: {},
        probe: { args: ["--version"], pattern: /version v(\S+)/ },
        memoryMiB: 3072,
        coreMinutes: 3,
    },
    {
        name: "kube-router",
        // The newest that the Go module proxy has. Enforces NetworkPolicies on a lab (test/e2e/enforcement.ts).
        title: "kube-router 2.1.0",
        version: "2.1.0",
        binaries: { "kube-router": "github.com/cloudnativelabs/kube-router/v2/cmd/kube-router" },
        variables: { "github.com/cloudnativelabs/kube-router/v2/pkg/version.Version": "v2.1.0" },
        probe: { args: ["--version"], pattern: /version v(\S+?),/ },
        memoryMiB: 2048,
        coreMinutes: 3,
    },
];

/** The sets of these names; those of the lab where none are named. */
export const chosenSets = (names?: SetName[]): ToolSet[] =>
    names ? [...toolSets, ...extraSets].filter(({ name }) => names.includes(name)) : toolSets;

/** How the binary `name` of a set tells its version. */
export function probeOf(set: ToolSet, name: string): VersionProbe {
    if ("args" in set.probe) return set.probe as VersionProbe;
    const probes = set.probe as Record<string, VersionProbe>;
    const probe = probes[name] ?? probes[""];
    if (!probe) throw new Error(`no version probe for ${name}`);
    return probe;
}
