/** The control plane of the suite's own lab, disturbed. Touches no process but those in that lab's cgroups. */
import assert from "node:assert/strict";
import { processesIn } from "../../lab/cluster/cgroups.ts";
import { cgroupOf, controlPlane, layout } from "../../lab/cluster/layout.ts";
import { processOne, systemctl } from "../../lab/cluster/machine.ts";
import { waitFor } from "../../support/wait.ts";
import { kubectl, lab } from "./environment.ts";

export type ControlService = "kube-apiserver" | "etcd" | "kube-controller-manager" | "kube-scheduler";

/** `systemctl VERB SERVICE` on the control plane's machine. Throws unless it succeeds. */
export async function control(verb: "start" | "stop" | "restart", service: ControlService): Promise<void> {
    const id = { lab, name: controlPlane, files: layout(lab) };
    const pid = processOne(id);
    assert.ok(pid !== undefined, "the control plane's machine is off");
    const { code, stdout, stderr } = await systemctl(id, pid, [verb, service]);
    assert.equal(code, 0, `systemctl ${verb} ${service}: ${stderr}${stdout}`);
}

/** Stops a service's processes where they are, as a machine out of CPU does, or lets them go on. */
export function hold(service: ControlService, signal: "SIGSTOP" | "SIGCONT"): void {
    const pids = processesIn(cgroupOf(lab, controlPlane, service));
    assert.ok(pids.length > 0, `no process of ${service}`);
    for (const pid of pids) process.kill(pid, signal);
}

/** Until the API server answers again. The controllers end when it is away (facts.md 3.4); systemd would start them again. */
export async function controlPlaneAgain(): Promise<void> {
    await waitFor({ what: "the API server to answer", timeout: 120, every: 1 }, async () =>
        (await kubectl("get", "--raw", "/readyz")).includes("ok"),
    );
    for (const service of ["kube-controller-manager", "kube-scheduler"] as const) await control("start", service);
}
