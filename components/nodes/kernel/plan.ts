import type { Host } from "../../../settings/hosts.ts";
import type { KernelSettings } from "../../../settings/kernel.ts";
import { stepAfter, stepsBefore } from "./steps.ts";

/** The order and what each node gets, for previews and for the log of an update. Pure. */
export function kernelPlan(hosts: Host[], kernel: KernelSettings, drained: boolean): string {
    const steps = (node: string) => [
        ...stepsBefore(node, kernel).map(({ name, does }) => `${name}: ${does}`),
        `reboot: ${reboot(kernel, drained)}`,
        ...[stepAfter(node, kernel)].map(({ name, does }) => `${name}: ${does}`),
    ];
    const [first] = hosts;
    return [
        `kernel upgrade to kernel-ml ${kernel.version}, one node at a time; what fails stops the roll and leaves the nodes after it alone`,
        ...hosts.map(({ node, ssh }, index) => `  ${index + 1}. ${node} (${ssh.host})`),
        "each of them, in this order; a node that runs that kernel already is left as it is:",
        ...(first ? steps(first.node).map((line) => `  - ${line}`) : []),
    ].join("\n");
}

function reboot({ safeBoot }: KernelSettings, drained: boolean): string {
    const around = drained ? "when quorum holds without it; drained before, uncordoned after" : "no cluster around it";
    const boot = safeBoot
        ? "the first boot falls back by itself where the boot loader can"
        : "the new kernel is the default at once (safeBoot is off)";
    return `${around}; ${boot}`;
}
