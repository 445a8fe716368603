import { UserError } from "../../support/errors.ts";
import { withLock } from "../../support/lock.ts";
import type { Progress } from "../../support/progress.ts";
import { waitFor } from "../../support/wait.ts";
import type { Tools } from "../types.ts";
import { addressPlan } from "./addresses.ts";
import { kubectl, leaseRenewed, readyNodes } from "./kubectl.ts";
import { controlPlane, layout } from "./layout.ts";
import { powerOff, processOne, systemctl } from "./machine.ts";
import { setConnected } from "./network.ts";
import { ensureHost, ensureKubelet } from "./node.ts";
import { hostsOf } from "./record.ts";
import { requireLab } from "./up.ts";

export const nodeActions = ["stop", "start", "partition", "heal", "power-off", "power-on", "power-cycle"] as const;
export type NodeAction = (typeof nodeActions)[number];

export interface NodeActionOptions {
    name: string;
    node: string;
    action: NodeAction;
    tools: Tools;
    progress: Progress;
    signal?: AbortSignal;
}

/**
 * stop: the kubelet ends, containers go on. partition: the host's link is down. power-off: every process of the host at
 * once. start, heal and power-on all bring the host back, whatever was done to it, and return when its node is Ready.
 *
 * power-cycle: off, then on; another boot id. A cut, even where a roll uses it in a reboot's place: it has drained the node by
 * then, so no pod is left that would lose anything, and what holds after a cut holds after a clean stop.
 */
export async function nodeAction(options: NodeActionOptions): Promise<void> {
    const { name: lab, node, action, tools, progress, signal } = options;
    requireLab(lab);
    const files = layout(lab);
    const id = { lab, name: node, files };
    const onWait = () => progress.say(`another command works on the lab ${lab}: waiting for it`);
    await withLock(files.lock, { timeout: 600, onWait, ...(signal ? { signal } : {}) }, async () => {
        // After the wait for the lock: the lab may be another one by then.
        const record = requireLab(lab);
        const hosts = hostsOf(record);
        const host = hosts.find(({ name }) => name === node);
        if (!host) {
            const names = hosts.map(({ name }) => name).join(", ");
            throw new UserError(`the lab ${lab} has no node "${node}"`, { what: `its nodes: ${names}` });
        }
        const controlPlanePid = processOne({ lab, name: controlPlane, files });
        if (controlPlanePid === undefined) {
            throw new UserError(`the lab ${lab} is down`, {
                what: "its control plane does not run",
                next: "m3perf lab up",
            });
        }
        await progress.step(`${action} ${node}`, async (note) => {
            if (action === "power-off") return await powerOff(id);
            if (action === "power-cycle") await powerOff(id);
            if (action === "partition") return await setConnected(controlPlanePid, node, false).catch(isOff);
            if (action === "stop") {
                const pid = processOne(id);
                if (pid === undefined) return isOff();
                const { code, stderr } = await systemctl(id, pid, ["stop", "kubelet"]);
                if (code !== 0) throw new UserError(`the kubelet of ${node} does not stop`, { what: stderr.trim() });
                return;
            }
            const plan = addressPlan(record.index);
            const { machine } = record;
            const context = { lab, files, plan, tools, ...(signal ? { signal } : {}) };
            const setting = { ...context, host, hosts, machine, controlPlanePid };
            const begun = new Date();
            const pid = await ensureHost(setting);
            await setConnected(controlPlanePid, node, true);
            await ensureKubelet(setting, pid);
            note("waiting for the node to be Ready");
            const cluster = kubectl(tools, files.kubeconfig, signal);
            await waitFor(
                { what: `${node} to be Ready`, timeout: 120, every: 0.5, ...(signal ? { signal } : {}) },
                async () => (await leaseRenewed(cluster, node)) > begun && (await readyNodes(cluster)).includes(node),
            );
        });
    });

    function isOff(): never {
        throw new UserError(`${node} is powered off`, {
            what: `${action} needs it on`,
            next: `m3perf lab node power-on ${node}`,
        });
    }
}
