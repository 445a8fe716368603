import { dirname } from "node:path";
import { run } from "../../support/exec.ts";
import { waitFor } from "../../support/wait.ts";
import { registryCommand } from "../images/index.ts";
import type { Image, Tools } from "../types.ts";
import type { AddressPlan } from "./addresses.ts";
import { registryPort } from "./config/node.ts";
import { controlPlaneServices, logLimiter } from "./config/services.ts";
import { digest } from "./files.ts";
import { apiServerReady } from "./kubectl.ts";
import { controlPlane, type Layout } from "./layout.ts";
import { ensureService, powerOn } from "./machine.ts";
import { ensureControlPlaneNetwork } from "./network.ts";
import { programs } from "./programs.ts";
import { isOk } from "./socket.ts";

/** What a step of `up` works with. */
export interface LabContext {
    lab: string;
    files: Layout;
    plan: AddressPlan;
    tools: Tools;
    signal?: AbortSignal;
}

/** etcd, the API server and the controllers use 0.7 GiB; a ceiling well above keeps a runaway from the machine. Of the CPU it gets more than one host: all hosts wait for it. */
const ceiling = { memoryMi: 2560, weight: 4 };

/** No log file of the lab grows beyond twice this. */
const logKibibytes = 20 * 1024;

/** Powers the control plane's machine on and connects it; returns its process 1. */
export async function ensureControlPlaneMachine({ lab, files, plan, signal }: LabContext): Promise<number> {
    const pid = await powerOn({ lab, name: controlPlane, files }, ceiling, signal);
    await ensureControlPlaneNetwork(plan, lab, pid);
    return pid;
}

/** Starts the registry; its images are those given, a later call's replace an earlier one's. */
export async function ensureRegistry(context: LabContext, pid: number, images: Image[]): Promise<void> {
    const { lab, files, plan, tools, signal } = context;
    const dir = `${files.machine(controlPlane)}/registry`;
    const listen = `${plan.controlPlane}:${registryPort}`;
    // The registry keeps what it has read in memory: new images, new process.
    const config = digest(images.map(({ reference, digest: hash }) => [reference, hash]));
    const { command, args } = await registryCommand({ images, listen, dir, tools });
    const id = { lab, name: controlPlane, files };
    await ensureService(id, pid, { name: "registry", command: [command, ...args] }, { config });
    const url = `http://${listen}/v2/`;
    await waitFor({ what: `the image registry to answer at ${url}`, timeout: 30, ...(signal ? { signal } : {}) }, () =>
        isOk(url, 2),
    );
}

/** Starts the control plane's services in their order; returns when the API server is ready. */
export async function ensureControlPlane(
    context: LabContext,
    pid: number,
    note: (text: string) => void,
): Promise<void> {
    const { lab, files, plan, tools, signal } = context;
    const id = { lab, name: controlPlane, files };
    const folder = files.machine(controlPlane);
    await run("mkdir", ["-p", "-m", "700", `${folder}/etcd`]);
    const services = controlPlaneServices(programs(files, tools), plan, files, folder);
    const start = async (name: string) => {
        note(name);
        for (const service of services.filter((one) => one.name === name)) await ensureService(id, pid, service);
    };
    await ensureService(id, pid, logLimiter(dirname(`${files.log}/x`), logKibibytes));
    await start("etcd");
    await start("kube-apiserver");
    await waitFor(
        {
            what: `the API server at ${plan.controlPlane}:6443 (logs: ${files.log}/${controlPlane})`,
            timeout: 90,
            every: 0.2,
            ...(signal ? { signal } : {}),
        },
        () => apiServerReady(tools, files.kubeconfig),
    );
    // The controller manager ends when the API server is not ready (facts.md 3.4).
    await start("kube-controller-manager");
    await start("kube-scheduler");
}
