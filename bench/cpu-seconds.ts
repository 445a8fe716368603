/** What programs and the whole machine have used of the processors (Linux: /proc). */
import { readdirSync, readFileSync } from "node:fs";
import { usageOf } from "./one-database.ts";

export interface OfProgram {
    /** User and kernel. */
    cpu: number;
    kernel: number;
}

/** In seconds, since each process, and the machine, started. */
export interface CpuSeconds {
    /** By the process's name; several processes of one name are one. */
    programs: Record<string, OfProgram>;
    /** Of the whole machine, interrupts included. */
    machine: number;
}

export const m3Programs = ["m3dbnode", "m3coordinator", "m3aggregator", "m3query"];

/** Processes in the lab's pods included: the lab's hosts are namespaces. */
export function cpuSecondsSoFar(): CpuSeconds {
    const programs: CpuSeconds["programs"] = {};
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
        try {
            // The kernel's own workers are one: "kworker/u8:7-writeback" does something else, under another name, a moment later.
            const name = readFileSync(`/proc/${pid}/comm`, "utf8")
                .trim()
                .replace(/^kworker\/.*/, "kworker");
            const { cpu, kernel } = usageOf(Number(pid));
            const so = programs[name] ?? { cpu: 0, kernel: 0 };
            programs[name] = { cpu: so.cpu + cpu, kernel: so.kernel + kernel };
        } catch {
            // it ended
        }
    }
    return { programs, machine: ofMachine() };
}

/** What was used between two looks. A process that ended in between is in the machine's alone, and takes from others of its name what it had used before. */
export function cpuSecondsBetween(before: CpuSeconds, after: CpuSeconds): CpuSeconds {
    const programs = Object.entries(after.programs).map(([name, { cpu, kernel }]) => {
        const then = before.programs[name] ?? { cpu: 0, kernel: 0 };
        return [name, { cpu: Math.max(0, cpu - then.cpu), kernel: Math.max(0, kernel - then.kernel) }] as const;
    });
    return { programs: Object.fromEntries(programs), machine: after.machine - before.machine };
}

/** Of some programs together. */
export function sumOf({ programs }: CpuSeconds, names: readonly string[]): OfProgram {
    const of = (key: keyof OfProgram) => names.reduce((sum, name) => sum + (programs[name]?.[key] ?? 0), 0);
    return { cpu: of("cpu"), kernel: of("kernel") };
}

/** Sums the first line of /proc/stat but for idle and iowait (proc_stat(5)). */
function ofMachine(): number {
    const [, ...ticks] = readFileSync("/proc/stat", "utf8").split("\n", 1)[0]?.split(/\s+/) ?? [];
    const [user, nice, system, , , irq, softirq] = ticks.map(Number);
    return ((user ?? 0) + (nice ?? 0) + (system ?? 0) + (irq ?? 0) + (softirq ?? 0)) / 100;
}
