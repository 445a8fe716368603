import { setTimeout as sleep } from "node:timers/promises";
import type { LabUsage, LabUse } from "../types.ts";
import { cpuSecondsOf, memoryOf } from "./cgroups.ts";
import { cgroupOf, controlPlane } from "./layout.ts";
import { hostsOf, readRecord } from "./record.ts";

/** What a machine of the lab uses; undefined when it is powered off: then it has no cgroup. */
export function nodeUse(lab: string, machine: string): LabUse | undefined {
    const cgroup = cgroupOf(lab, machine);
    const memory = memoryOf(cgroup);
    if (!memory) return undefined;
    return {
        memoryMi: memory.usedMi,
        memoryCeilingMi: memory.ceilingMi,
        cpuSeconds: cpuSecondsOf(cgroup) ?? null,
    };
}

function labUsage(lab: string): LabUsage {
    const record = readRecord(lab);
    const used = (record ? hostsOf(record) : []).flatMap(({ name }): [string, LabUse][] => {
        const use = nodeUse(lab, name);
        return use ? [[name, use]] : [];
    });
    return { at: Date.now(), nodes: Object.fromEntries(used), controlPlane: nodeUse(lab, controlPlane) ?? null };
}

/** A look for a person: CPU since the look before. Pure. */
export function usageLine(now: LabUsage, before: LabUsage | undefined): string {
    const machines = (usage: LabUsage) => ({ ...usage.nodes, "(control plane)": usage.controlPlane });
    const [current, earlier] = [machines(now), before ? machines(before) : undefined];
    const cells = Object.entries(current).map(([name, use]) => {
        if (!use) return `${name} off`;
        const grown = (use.cpuSeconds ?? Number.NaN) - (earlier?.[name as "(control plane)"]?.cpuSeconds ?? Number.NaN);
        const cores = before && grown >= 0 ? ` ${((grown * 1000) / (now.at - before.at)).toFixed(2)} cores` : "";
        return `${name}${cores} ${use.memoryMi}/${use.memoryCeilingMi ?? "-"} MiB`;
    });
    return `${new Date(now.at).toISOString().slice(11, 19)}  ${cells.join("  ")}`;
}

/**
 * Writes a line every so often until `signal`, or until nobody reads: `m3perf watch` has it as a child for as long as it runs, since a
 * process that is started for each look costs more than all else that a look does.
 */
export async function followUsage(lab: string, seconds: number, json: boolean, signal: AbortSignal): Promise<void> {
    process.stdout.on("error", () => process.exit(0));
    let before: LabUsage | undefined;
    for (;;) {
        const now = labUsage(lab);
        process.stdout.write(`${json ? JSON.stringify(now) : usageLine(now, before)}\n`);
        before = now;
        await sleep(seconds * 1000, undefined, { signal });
    }
}
