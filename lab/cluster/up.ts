import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { availableParallelism, totalmem } from "node:os";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { UserError } from "../../support/errors.ts";
import { withLock } from "../../support/lock.ts";
import type { Progress } from "../../support/progress.ts";
import { waitFor } from "../../support/wait.ts";
import type { Image, Tools } from "../types.ts";
import { addOns, deployments, metricsServerName, prometheusConfigMap } from "./addons/index.ts";
import { addressPlan } from "./addresses.ts";
import { makeCgroup } from "./cgroups.ts";
import { ensureControlPlane, ensureControlPlaneMachine, ensureRegistry, type LabContext } from "./control.ts";
import { digest, folderDigest, writeSecret, writeWhole } from "./files.ts";
import { countText, type M3dbNodes, scaleNote } from "./hosts.ts";
import { applyObjects, kubectl, readyNodes, waitForDeployments } from "./kubectl.ts";
import { cgroupOf, layout, makeFolders } from "./layout.ts";
import { setConnected } from "./network.ts";
import { ensureHost, ensureKubelet, ensureSshKey, forgetOldImages, type NodeSetting, sshAccess } from "./node.ts";
import { ensurePki } from "./pki.ts";
import { coreNote, tellsItsCore } from "./processor.ts";
import { placePrograms } from "./programs.ts";
import { checkName, ensureRecord, hostsOf, type LabRecord, machineLock, readRecord, writeRecord } from "./record.ts";
import { labSite, siteFile } from "./site.ts";
import { labStatus } from "./status.ts";
import { prepareSettings } from "./sysctls.ts";
import { together } from "./together.ts";

export interface LabUpOptions {
    name: string;
    tools: Tools;
    images: Image[];
    /** As many as there are, three in a new lab, unless told. */
    m3dbNodes?: M3dbNodes;
    /** Does not wait for the metrics API, whose first answer takes two scrapes 15 s apart: the caller asks for it later. */
    metricsLater?: boolean;
    /** False: pages as the machine has them, for what they are compared with (bench/idle.ts). */
    hugePages?: boolean;
    progress: Progress;
    signal?: AbortSignal;
}

/** Steps of `labUp`, for a plan of all that is to come. */
export const upSteps = ["control plane", "hosts", "add-ons"];

/**
 * Brings the lab up, whatever state it is in: each step makes what is missing and leaves what is there. Of two at the same
 * time, the second waits and then finds the lab up. Tells whether there was nothing to do.
 */
export async function labUp(options: LabUpOptions): Promise<"already up" | "brought up"> {
    const { name, hugePages = true, progress, signal } = options;
    checkName(name);
    const files = layout(name);
    const onWait = () => progress.say(`another command works on the lab ${name}: waiting for it`);
    return await withLock(files.lock, { timeout: 900, onWait, ...(signal ? { signal } : {}) }, async () => {
        const before = await labStatus(name);
        const record = await withLock(machineLock, { timeout: 60 }, async () => {
            const size = { cores: availableParallelism(), memoryMi: Math.floor(totalmem() / 1024 / 1024) };
            await makeFolders(files);
            // Seen by the `down` of another lab, which then leaves the settings as they are.
            for (const cgroup of [dirname(cgroupOf(name)), cgroupOf(name)])
                await makeCgroup(cgroup, { weight: labWeight });
            await prepareSettings({ hugePages });
            return widened(await ensureRecord(name, size), options.m3dbNodes);
        });
        const made = digest([sources(), options.tools.all(), options.images]);
        const wide = hostsOf(record).length > before.nodes.length && before.nodes.length > 0;
        if (before.state === "up" && !wide && record.made === made && (await allReady(options, record))) {
            if (!options.metricsLater) await metricsAnswer(options);
            return "already up";
        }
        if (before.state !== "up" || wide) await writeRecord(name, { ...record, complete: false });
        await bringUp(options, record, before.state === "up", made);
        return "brought up";
    });
}

/** What a lab is made from changes with our own files as well: after a new version, `up` applies it. */
const sources = () => folderDigest(fileURLToPath(new URL(".", import.meta.url)));

/** Every node Ready, as the API server tells; false also when it does not answer. */
async function allReady({ name, tools, signal }: LabUpOptions, record: LabRecord): Promise<boolean> {
    const { kubeconfig } = layout(name);
    const ready = await readyNodes(kubectl(tools, kubeconfig, signal)).catch(() => []);
    return ready.length === hostsOf(record).length;
}

/** Waits until `kubectl top` has something to tell. */
async function metricsAnswer({ name, tools, signal }: LabUpOptions): Promise<void> {
    const cluster = kubectl(tools, layout(name).kubeconfig, signal);
    const waits = { what: "the metrics API", timeout: 180, ...(signal ? { signal } : {}) };
    await waitFor(waits, async () => (await cluster(["get", "--raw", metricsApi])).length > 0);
}

/** The lab with as many M3DB nodes as are asked for. Throws UserError for fewer than it has: their volumes would go. Pure. */
export function widened(record: LabRecord, m3dbNodes = record.m3dbNodes ?? 3): LabRecord {
    const there = record.m3dbNodes ?? 3;
    if (m3dbNodes >= there) return m3dbNodes === there ? record : { ...record, m3dbNodes };
    throw new UserError(
        `the lab has ${there} M3DB nodes, and none is taken from a lab that is there`,
        { what: `--m3db-nodes ${m3dbNodes}`, next: "m3perf down or m3perf lab down first, then lab up" },
        64,
    );
}

async function bringUp(options: LabUpOptions, record: LabRecord, wasUp: boolean, made: string): Promise<void> {
    const { name: lab, tools, images, hugePages = true, progress, signal } = options;
    const files = layout(lab);
    const plan = addressPlan(record.index);
    const hosts = hostsOf(record);
    const context: LabContext = { lab, files, plan, tools, ...(signal ? { signal } : {}) };
    const objects = addOns(plan, files, hosts, images);
    const wanted = digest(objects);
    if (!wasUp) progress.say(`lab ${lab}: ${scaleNote(hosts)}`);
    if (!wasUp && !tellsItsCore(await readFile("/proc/cpuinfo", "utf8"))) progress.say(`lab ${lab}: ${coreNote}`);

    const controlPlanePid = await progress.step(upSteps[0] ?? "", async (note) => {
        if (hugePages) await placePrograms(files, tools);
        note("keys and certificates");
        await ensurePki(files, plan, hosts);
        await ensureSshKey(files.sshKey, `m3perf lab ${lab}`);
        if (!existsSync(files.passphrase)) await writeSecret(files.passphrase, randomBytes(24).toString("base64url"));
        await mkdir(files.pulumi, { recursive: true, mode: 0o700 });
        const pid = await ensureControlPlaneMachine(context);
        // The hosts need the registry only for their first pod, and no host needs another: all at once.
        await together(signal, [
            (shared) => ensureRegistry({ ...context, signal: shared }, pid, images),
            (shared) => ensureControlPlane({ ...context, signal: shared }, pid, note),
        ]);
        return pid;
    });

    const cluster = kubectl(tools, files.kubeconfig, signal);
    const machine = record.machine;
    const settings: NodeSetting[] = hosts.map((host) => ({ ...context, host, hosts, machine, controlPlanePid }));
    await progress.step(upSteps[1] ?? "", async (note) => {
        await together(
            signal,
            settings.map((one) => async (shared) => {
                const setting = { ...one, signal: shared };
                const pid = await ensureHost(setting);
                await forgetOldImages(setting, pid, images);
                await setConnected(controlPlanePid, setting.host.name, true);
                await ensureKubelet(setting, pid);
            }),
        );
        const what = `${countText(hosts)} nodes to be Ready (logs: ${files.log})`;
        let work = Promise.resolve();
        await waitFor({ what, timeout: 180, every: 0.5, ...(signal ? { signal } : {}) }, async () => {
            const ready = await readyNodes(cluster);
            const missing = hosts.filter(({ name }) => !ready.includes(name)).map(({ name }) => name);
            if (missing.length === 0) return true;
            note(`${ready.length} of ${hosts.length} Ready`);
            work = startAgain(settings.filter(({ host }) => missing.includes(host.name)));
            await work;
            throw new Error(`not Ready: ${missing.join(", ")}`);
        }).finally(() => work.catch(() => {})); // one that was left behind holds the lock until it has ended
        if (!record.complete) await cluster(["label", "--overwrite", "node", "master", `${controlPlaneLabel}=`]);
    });

    const access = await Promise.all(settings.map(async (one) => [one.host.name, await sshAccess(one)] as const));
    const known = access.map(([name, { host, hostKey }]) => `${name},${host} ${hostKey}`);
    await writeWhole(files.knownHosts, `${known.join("\n")}\n`);
    const site = labSite(lab, plan, hosts, { kubeconfig: files.kubeconfig, ssh: Object.fromEntries(access) });
    await writeWhole(files.site, siteFile(site, `# Written by \`lab up\` of the lab ${lab}; goes with it.`));

    await progress.step(upSteps[2] ?? "", async (note) => {
        if (record.addOns !== wanted) {
            note("applying");
            // An operator of a real site would not take back what others have put into their Prometheus: made only once.
            const namespaces = objects.filter(({ kind }) => kind === "Namespace");
            await applyObjects(cluster, namespaces);
            await cluster(["create", "-f", "-"], JSON.stringify(prometheusConfigMap())).catch((error: unknown) => {
                if (!(error instanceof UserError && error.message.includes("AlreadyExists"))) throw error;
            });
            await applyObjects(cluster, objects);
        }
        const waited = deployments(objects).filter(({ name }) => !options.metricsLater || name !== metricsServerName);
        await waitForDeployments(cluster, waited, { timeout: 180, note, ...(signal ? { signal } : {}) });
        if (!options.metricsLater) await metricsAnswer(options);
    });

    await writeRecord(lab, { ...record, complete: true, addOns: wanted, made, images, tools: tools.all() });
}

/** What ended is started again, as a host's own service manager would. */
async function startAgain(settings: NodeSetting[]): Promise<void> {
    for (const setting of settings) await ensureKubelet(setting, await ensureHost(setting));
}

/**
 * What the lab counts for where the CPU is contended, in processes of those who work beside it: theirs are in no cgroup and have the weight
 * of one each. With 16, and on slow cores with 4, seven hosts that use what they can get starved them: a kubectl took three seconds,
 * a test run of 17 s 14 minutes. With 1 an environment came up no later.
 */
const labWeight = 2;

const controlPlaneLabel = "node-role.kubernetes.io/control-plane";
const metricsApi = "/apis/metrics.k8s.io/v1beta1/nodes";

/** Access to a lab that is not down. Throws UserError. */
export function requireLab(name: string): LabRecord {
    checkName(name);
    const record = readRecord(name);
    if (record) return record;
    const option = name === "lab" ? "" : ` --lab ${name}`;
    const next = `m3perf up${option} [--stack NAME] (the lab, and an environment on it), or m3perf lab up${option} (the lab alone)`;
    throw new UserError(`there is no lab "${name}"`, { what: "it is down", next });
}
