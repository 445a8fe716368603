import { existsSync } from "node:fs";
import type { LabNode, LabNodeState, LabStatus, LabUse } from "../types.ts";
import { addressPlan, hostAddress } from "./addresses.ts";
import { processesIn } from "./cgroups.ts";
import type { LabHost } from "./hosts.ts";
import { cgroupOf, controlPlane, layout } from "./layout.ts";
import { processOne, serviceRuns } from "./machine.ts";
import { partitionedHosts } from "./network.ts";
import { hostsOf, readRecord } from "./record.ts";
import { nodeUse } from "./usage.ts";

const controlPlaneNames = ["etcd", "registry", "kube-apiserver", "kube-controller-manager", "kube-scheduler"];

/** What runs, as the kernel tells it; asks no service. Milliseconds. */
export async function labStatus(name: string): Promise<LabStatus> {
    const files = layout(name);
    const record = readRecord(name);
    const running = processesIn(cgroupOf(name)).length > 0;
    if (!record) {
        const state = running ? "partial" : "down";
        return { name, state, kubeconfig: null, site: null, nodes: [], images: [], tools: [] };
    }
    const control = { lab: name, name: controlPlane, files };
    const controlPid = processOne(control);
    const partitioned = controlPid === undefined ? [] : await partitionedHosts(controlPid).catch(() => []);
    const plan = addressPlan(record.index);
    const nodes: LabNode[] = hostsOf(record).map((host) => {
        const state = nodeState(name, host, partitioned);
        const used = state === "powered off" ? undefined : nodeUse(name, host.name);
        return {
            name: host.name,
            address: hostAddress(plan, host.ordinal),
            roles: host.roles,
            state,
            ...(used && { used }),
        };
    });
    const healthy = controlPid !== undefined && controlPlaneNames.every((service) => serviceRuns(control, service));
    return {
        name,
        state: labState(record.complete, running, healthy, nodes),
        kubeconfig: existsSync(files.kubeconfig) ? files.kubeconfig : null,
        site: existsSync(files.site) ? files.site : null,
        nodes,
        images: record.images,
        tools: record.tools,
    };
}

/** Pure: "partial" is an `up` that did not get to its end; "down" has data but no process, as after a machine's reboot. */
export function labState(complete: boolean, running: boolean, healthy: boolean, nodes: LabNode[]): LabStatus["state"] {
    if (!running) return complete ? "down" : "partial";
    if (!complete) return "partial";
    return healthy && nodes.every(({ state }) => state === "running") ? "up" : "degraded";
}

function nodeState(lab: string, host: LabHost, partitioned: readonly string[]): LabNodeState {
    const id = { lab, name: host.name, files: layout(lab) };
    if (processOne(id) === undefined) return "powered off";
    if (partitioned.includes(host.name)) return "partitioned";
    if (!["containerd", "sshd", "kube-proxy"].every((service) => serviceRuns(id, service))) return "failed";
    return serviceRuns(id, "kubelet") ? "running" : "kubelet stopped";
}

/** `lab status` for a person. */
export function statusTable(status: LabStatus): string {
    const { name, state, nodes, images, tools } = status;
    const lines = [`lab ${name}: ${state}`];
    if (status.kubeconfig) lines.push(`kubeconfig: ${status.kubeconfig}`);
    if (status.site) lines.push(`site file:  ${status.site}`);
    if (nodes.length > 0) {
        const memory = (used: LabUse | undefined) =>
            used ? `${used.memoryMi} / ${used.memoryCeilingMi ?? "-"} MiB` : "-";
        lines.push(
            "",
            ...table(
                ["node", "state", "address", "memory", "roles"],
                [
                    ...nodes.map((node) => [
                        node.name,
                        node.state,
                        node.address,
                        memory(node.used),
                        node.roles.join(", "),
                    ]),
                    [
                        "(control plane)",
                        "",
                        "",
                        memory(nodeUse(name, controlPlane)),
                        "etcd, API server, controllers, scheduler, image registry",
                    ],
                ],
            ),
        );
    }
    if (images.length > 0) {
        lines.push(
            "",
            ...table(
                ["image", "origin", "contents"],
                images.map((one) => [one.reference, one.origin, one.contents]),
            ),
        );
    }
    if (tools.length > 0) {
        lines.push(
            "",
            ...table(
                ["tool", "version", "origin"],
                tools.map((one) => [one.name, one.version, one.origin]),
            ),
        );
    }
    return `${lines.join("\n")}\n`;
}

function table(head: string[], rows: string[][]): string[] {
    const all = [head, ...rows];
    const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? "").length)));
    return all.map((row) =>
        row
            .map((cell, column) => cell.padEnd(widths[column] ?? 0))
            .join("  ")
            .trimEnd(),
    );
}
