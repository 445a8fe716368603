/**
 * A network that enforces NetworkPolicies. The lab's bridges know none; here kube-router's firewall, and nothing else of it, runs beside the
 * kubelet of each host, in the host's own network namespace, as its DaemonSet would. What it leaves there goes with it, or with the lab.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addressPlan } from "../../lab/cluster/addresses.ts";
import { layout, requireLab } from "../../lab/cluster/index.ts";
import { processOne, runInside } from "../../lab/cluster/machine.ts";
import { hostsOf } from "../../lab/cluster/record.ts";
import { ensurePackages, ensureTools } from "../../lab/tools/index.ts";
import { createProgress } from "../../support/progress.ts";
import { waitFor } from "../../support/wait.ts";
import { type Child, startChild } from "../support/apiserver.ts";

export interface Enforcement {
    /** Throws with the words of a firewall that has ended. */
    check(): void;
    /** Ends the firewalls and takes their rules away. */
    stop(): Promise<void>;
}

/** Resolves when each host has a firewall with a chain for each of its pods. */
export async function enforcePolicies(lab: string): Promise<Enforcement> {
    const progress = createProgress();
    await ensurePackages({ names: ["ipset"], progress });
    const tools = await ensureTools({ sets: ["kube-router"], progress });
    const record = requireLab(lab);
    const files = layout(lab);
    const hosts = hostsOf(record).map(({ name }) => {
        const pid = processOne({ lab, name, files });
        assert.ok(pid, `${name} is off`);
        return { name, pid };
    });
    const folder = mkdtempSync(join(tmpdir(), "m3perf-policies-"));
    const flags = [
        ...["--run-firewall=true", "--run-router=false", "--run-service-proxy=false", "--enable-cni=false"],
        ...["--health-port=0", "--metrics-port=0", `--kubeconfig=${files.kubeconfig}`],
        `--service-cluster-ip-range=${addressPlan(record.index).serviceNetwork}`,
    ];
    const children: Child[] = hosts.map(({ name, pid }) => {
        const words = [`--net=/proc/${pid}/ns/net`, tools.path("kube-router"), ...flags, `--hostname-override=${name}`];
        return startChild("nsenter", words, join(folder, `${name}.log`));
    });
    const check = () => {
        for (const child of children) child.check();
    };
    const stop = async () => {
        await Promise.all(children.map((child) => child.stop()));
        for (const { pid } of hosts) await runInside(pid, "network", ["sh", "-ec", forget]);
        rmSync(folder, { recursive: true, force: true });
    };
    try {
        for (const { name, pid } of hosts)
            await waitFor({ what: `the firewall of ${name}`, timeout: 60, every: 0.5 }, async () => {
                check();
                return (await runInside(pid, "network", ["iptables-save", "-t", "filter"])).includes("KUBE-POD-FW-");
            });
        return { check, stop };
    } catch (error) {
        await stop();
        throw error;
    }
}

/** kube-router's own `--cleanup-config` forgets nothing of its firewall where no controller was made before (2.1.0). */
const forget = `
iptables-save -t filter | grep -v -e KUBE-ROUTER -e KUBE-NWPLCY -e KUBE-POD-FW | iptables-restore -T filter
for set in $(ipset list -name | grep ^KUBE-); do ipset destroy "$set"; done
`;
