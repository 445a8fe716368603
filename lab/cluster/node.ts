import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { messageOf, UserError } from "../../support/errors.ts";
import { run } from "../../support/exec.ts";
import { waitFor } from "../../support/wait.ts";
import { mirrorConfig } from "../images/index.ts";
import type { Image } from "../types.ts";
import { hostAddress } from "./addresses.ts";
import { makeCgroup } from "./cgroups.ts";
import {
    cniConfig,
    containerdConfig,
    containerdSocket,
    kubeletConfig,
    kubeProxyConfig,
    type NodeContext,
    registryPort,
    sshdConfig,
} from "./config/node.ts";
import { nodeServices } from "./config/services.ts";
import type { LabContext } from "./control.ts";
import { digest, writeIfChanged } from "./files.ts";
import type { LabHost, MachineSize } from "./hosts.ts";
import { cgroupOf } from "./layout.ts";
import { ensureService, powerOn, runInside } from "./machine.ts";
import { ensureHostNetwork } from "./network.ts";
import { firstProcessor, specWithCpuinfo, tellsItsCore } from "./processor.ts";
import { programs } from "./programs.ts";
import { answers } from "./socket.ts";

export interface NodeSetting extends LabContext {
    host: LabHost;
    hosts: readonly LabHost[];
    machine: MachineSize;
    /** Process 1 of the control plane. */
    controlPlanePid: number;
}

/** Powers a host on, connects it, starts containerd and SSH: all that needs no API server. Returns its process 1. */
export async function ensureHost(setting: NodeSetting): Promise<number> {
    const { lab, files, plan, host, hosts, signal } = setting;
    const id = { lab, name: host.name, files };
    const limits = { memoryMi: host.ceilingMi, ...(host.cpu < setting.machine.cores ? { cpu: host.cpu } : {}) };
    const pid = await powerOn(id, limits, signal);
    await ensureHostNetwork(plan, host, hosts, { controlPlane: setting.controlPlanePid, host: pid });
    const configs = await writeConfiguration(setting);
    await makeCgroup(`${cgroupOf(lab, host.name)}/shims`);
    await start(setting, pid, ["sshd", "containerd"], configs);
    // A containerd that was killed leaves its socket behind: only an answer tells that the new one is there.
    await waitFor({ what: `containerd of ${host.name}`, timeout: 60, every: 0.1, ...(signal ? { signal } : {}) }, () =>
        answers(`/proc/${pid}/root${containerdSocket}`),
    );
    return pid;
}

/**
 * Forgets what containerd holds under a name that the registry now serves with other content, so that the next pod gets the
 * new one: a rebuilt image keeps its official tag, and "IfNotPresent" would never look again.
 */
export async function forgetOldImages({ tools, host }: NodeSetting, pid: number, images: Image[]): Promise<void> {
    const ctr = [tools.path("ctr"), "--address", containerdSocket, "--namespace", "k8s.io"];
    const lines = (await runInside(pid, "machine", [...ctr, "images", "list"])).split("\n").slice(1);
    const old = lines.flatMap((line) => {
        const [name = "", , digest = ""] = line.split(/\s+/);
        const repository = name.replace(/[:@].*$/, "");
        const served = images.find(
            ({ reference }) => reference === name || (name.includes("@") && reference.startsWith(`${repository}:`)),
        );
        return served && digest !== served.digest ? [name] : [];
    });
    if (old.length > 0)
        await runInside(pid, "machine", [...ctr, "images", "remove", ...old]).catch((error: unknown) => {
            throw new UserError(`old images of ${host.name} cannot be removed`, { what: messageOf(error) });
        });
}

/** Starts the host's kubelet and kube-proxy. */
export async function ensureKubelet(setting: NodeSetting, pid: number): Promise<void> {
    await start(setting, pid, ["kubelet", "kube-proxy"], await writeConfiguration(setting));
}

/** Address, user, key and host key by which the host answers SSH. */
export async function sshAccess({ files, plan, host }: Pick<NodeSetting, "files" | "plan" | "host">) {
    const [type = "", key = ""] = (await readFile(join(files.machine(host.name), "ssh/host_key.pub"), "utf8")).split(
        " ",
    );
    return {
        host: hostAddress(plan, host.ordinal),
        port: 22,
        user: "root",
        privateKeyFile: files.sshKey,
        hostKey: `${type} ${key.trim()}`,
    };
}

/** Makes the key pair unless it is there. */
export async function ensureSshKey(path: string, comment: string): Promise<void> {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    if (existsSync(path) && existsSync(`${path}.pub`)) return;
    await run("rm", ["-f", path, `${path}.pub`]);
    await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", path], { timeout: 30 });
}

function nodeContext({ lab, files, plan, host, machine, tools }: NodeSetting): NodeContext {
    return {
        cgroup: cgroupOf(lab, host.name),
        plan,
        host,
        folder: files.machine(host.name),
        files: { ca: files.certificate("ca"), certificate: files.certificate(host.name), key: files.key(host.name) },
        cniPlugins: tools.path("cni-plugins"),
        runc: tools.path("runc"),
        machine,
    };
}

/** Writes the host's files; returns a digest of each service's own. */
async function writeConfiguration(setting: NodeSetting): Promise<Map<string, string>> {
    const { lab, files, plan, host } = setting;
    const context = nodeContext(setting);
    const { folder } = context;
    const configs = new Map<string, string>();
    const write = async (service: string | undefined, path: string, content: string | object) => {
        const text = typeof content === "string" ? content : `${JSON.stringify(content, null, 2)}\n`;
        await writeIfChanged(join(folder, path), text);
        if (service) configs.set(service, digest([configs.get(service) ?? "", text]));
    };
    for (const name of ["kubelet", "containerd", "containerd-opt", "pod-logs", "volumes", "volume-plugins"]) {
        await mkdir(join(folder, name), { recursive: true });
    }
    if (host.roles.includes("repository")) await mkdir(files.repository, { recursive: true });
    await ensureSshKey(join(folder, "ssh/host_key"), `${host.name} of lab ${lab}`);
    await write(undefined, "cni/10-m3perf.conflist", cniConfig(context));
    await write(undefined, "certs.d/_default/hosts.toml", mirrorConfig(`${plan.controlPlane}:${registryPort}`));
    const cpuinfo = await readFile("/proc/cpuinfo", "utf8");
    if (!tellsItsCore(cpuinfo)) {
        await write(undefined, "etc/cpuinfo", firstProcessor(cpuinfo));
        const spec = await run(setting.tools.path("ctr"), ["oci", "spec"], { timeout: 30 });
        context.baseSpec = join(folder, "etc/base-spec.json");
        await write("containerd", "etc/base-spec.json", specWithCpuinfo(spec, join(folder, "etc/cpuinfo")));
    }
    await write(undefined, "resolv.conf", `nameserver ${plan.gateway}\n`);
    await write("containerd", "etc/containerd.toml", containerdConfig(context));
    await write("kubelet", "etc/kubelet.json", kubeletConfig(context));
    await write("kube-proxy", "etc/kube-proxy.json", kubeProxyConfig(context, files.componentKubeconfig("kube-proxy")));
    await write("sshd", "etc/sshd_config", sshdConfig(context, `${files.sshKey}.pub`));
    return configs;
}

async function start(setting: NodeSetting, pid: number, names: string[], configs: Map<string, string>): Promise<void> {
    const { lab, files, host, tools, signal } = setting;
    const find = programs(files, tools);
    const services = nodeServices(find, nodeContext(setting), files);
    // containerd finds its shim and runc on the PATH, kube-proxy nft.
    const path = ["containerd-shim-runc-v2", "runc", "nft"].map((name) => dirname(find(name)));
    for (const service of services.filter(({ name }) => names.includes(name))) {
        signal?.throwIfAborted();
        const id = { lab, name: host.name, files };
        await ensureService(id, pid, service, { path, config: configs.get(service.name) });
    }
}
