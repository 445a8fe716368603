import type { NodeRole } from "../settings/site.ts";

/** Where an artefact came from; shown by `lab status` and by `up`. */
export type Origin =
    | "official"
    | "built from Go modules"
    | "Debian package"
    | "this machine"
    | "substitute"
    | "named folder";

/** One executable that the lab uses. */
export interface Tool {
    name: string;
    path: string;
    version: string;
    origin: Origin;
}

/** lab/tools: every executable by name ("kubelet", "pulumi", "m3dbnode", …). */
export interface Tools {
    /** Throws UserError when the tool is not there. */
    path(name: string): string;
    all(): Tool[];
}

/** lab/plugins: a Pulumi home that works on this machine. */
export interface PulumiHome {
    /** Folder of the `pulumi` executable. */
    bin: string;
    /** What must be in the environment of `pulumi` (PULUMI_HOME, PULUMI_SKIP_UPDATE_CHECK, …). */
    env: Record<string, string>;
    /** Which CLI, language host and providers are in use. */
    choices: { name: string; version: string; origin: Origin }[];
}

/** lab/images: one image as the registry serves it. */
export interface Image {
    /** Official name: "quay.io/m3db/m3dbnode:v1.5.0". */
    reference: string;
    /** "sha256:…" of its manifest. */
    digest: string;
    origin: Origin;
    /** What is really in it: "M3 1.5.0 built from Go modules; curl, jq and busybox from Debian". */
    contents: string;
    /** Folder of its OCI layout. */
    layout: string;
}

export type LabNodeState = "running" | "kubelet stopped" | "partitioned" | "powered off" | "failed";

export interface LabNode {
    name: string;
    address: string;
    roles: NodeRole[];
    state: LabNodeState;
    /** By its own cgroup: its kubelet tells the whole machine's (facts.md 3.7). Absent: it is powered off. */
    used?: LabUse;
}

/** What a node uses, by its cgroup. */
export interface LabUse {
    memoryMi: number;
    /** Its memory ceiling; null: none. */
    memoryCeilingMi: number | null;
    /** CPU time since it was powered on; null where the kernel does not count it. */
    cpuSeconds: number | null;
}

/** One line of `m3perf lab usage --json`. */
export interface LabUsage {
    /** Milliseconds since 1970. */
    at: number;
    /** Of the nodes that run. */
    nodes: Record<string, LabUse>;
    /** The machine beside the nodes that carries etcd, API server, controllers and scheduler. */
    controlPlane: LabUse | null;
}

/** `m3perf lab status --json`. */
export interface LabStatus {
    name: string;
    state: "up" | "down" | "degraded" | "partial";
    /** Path of the administrator's kubeconfig. */
    kubeconfig: string | null;
    /** Path of the site file that the lab has written (settings/site.ts). */
    site: string | null;
    nodes: LabNode[];
    images: Image[];
    tools: Tool[];
}
