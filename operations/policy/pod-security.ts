/**
 * Kubernetes' Pod Security Standards, profile "restricted" with "baseline" in it, field by field
 * (https://kubernetes.io/docs/concepts/security/pod-security-standards/, read for Kubernetes 1.35).
 */

interface Context {
    privileged?: boolean;
    readOnlyRootFilesystem?: boolean;
    allowPrivilegeEscalation?: boolean;
    runAsNonRoot?: boolean;
    runAsUser?: number;
    capabilities?: { add?: string[]; drop?: string[] };
    seccompProfile?: { type?: string };
    appArmorProfile?: { type?: string };
    seLinuxOptions?: { type?: string; user?: string; role?: string };
    procMount?: string;
    sysctls?: { name: string }[];
}

interface Container {
    name: string;
    securityContext?: Context;
    image?: string;
    ports?: { hostPort?: number }[];
    resources?: { limits?: Record<string, string>; requests?: Record<string, string> };
    env?: { name: string; value?: string; valueFrom?: unknown }[];
}

export interface Pod {
    hostNetwork?: boolean;
    hostPID?: boolean;
    hostIPC?: boolean;
    securityContext?: Context;
    containers: Container[];
    initContainers?: Container[];
    volumes?: ({ name: string } & Record<string, unknown>)[];
}

const volumeKinds = [
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
];
const appArmor = [undefined, "RuntimeDefault", "Localhost"];
const seLinuxTypes = [undefined, "", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"];
const seccomp = ["RuntimeDefault", "Localhost"];
const safeSysctls = [
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.ping_group_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
];

/** What the profile forbids in a pod, "container: field value"; empty: it holds. */
export function breaches(pod: Pod): string[] {
    const host = (["hostNetwork", "hostPID", "hostIPC"] as const).filter((key) => pod[key]);
    const volumes = (pod.volumes ?? []).flatMap(({ name, ...kinds }) =>
        Object.keys(kinds)
            .filter((kind) => !volumeKinds.includes(kind))
            .map((kind) => `volume ${name}: ${kind}`),
    );
    const all = [...(pod.initContainers ?? []), ...pod.containers];
    return [
        ...host,
        ...volumes,
        ...ofContext("pod", pod.securityContext ?? {}),
        ...all.flatMap((container) => ofContainer(container, pod.securityContext ?? {})),
    ];
}

function ofContainer({ name, securityContext: own = {}, ports = [] }: Container, ofPod: Context): string[] {
    const found: string[] = [];
    if (own.privileged) found.push("privileged");
    if (own.allowPrivilegeEscalation !== false) found.push("allowPrivilegeEscalation is not false");
    if (!own.capabilities?.drop?.includes("ALL")) found.push("capabilities.drop without ALL");
    for (const added of own.capabilities?.add ?? [])
        if (added !== "NET_BIND_SERVICE") found.push(`capabilities.add ${added}`);
    if ((own.runAsNonRoot ?? ofPod.runAsNonRoot) !== true) found.push("runAsNonRoot is not true");
    if (!seccomp.includes((own.seccompProfile ?? ofPod.seccompProfile)?.type ?? ""))
        found.push("seccompProfile is neither RuntimeDefault nor Localhost");
    if (own.procMount !== undefined && own.procMount !== "Default") found.push(`procMount ${own.procMount}`);
    for (const { hostPort } of ports) if (hostPort) found.push(`hostPort ${hostPort}`);
    return [...found.map((breach) => `${name}: ${breach}`), ...ofContext(name, own)];
}

/** Fields that pods and containers both have. */
function ofContext(name: string, context: Context): string[] {
    const found: string[] = [];
    if (context.runAsUser === 0) found.push("runAsUser 0");
    if (!appArmor.includes(context.appArmorProfile?.type)) found.push("appArmorProfile");
    const { type, user, role } = context.seLinuxOptions ?? {};
    if (!seLinuxTypes.includes(type) || user || role) found.push("seLinuxOptions");
    for (const sysctl of context.sysctls ?? [])
        if (!safeSysctls.includes(sysctl.name)) found.push(`sysctl ${sysctl.name}`);
    return found.map((breach) => `${name}: ${breach}`);
}
