/** What M3 and the whole machine have used of the processors (Linux: /proc). */
import { readdirSync, readFileSync } from "node:fs";
import { usageOf } from "./one-database.ts";

/** Since each process, and the machine, started. */
export interface CpuSeconds {
    /** Of all processes of M3; what of it was in the kernel. */
    m3: number;
    m3Kernel: number;
    /** Of the whole machine, interrupts included. */
    machine: number;
}

/** M3's processes in the lab's pods included: the lab's hosts are namespaces. */
export function cpuSecondsSoFar(): CpuSeconds {
    const programs = ["m3dbnode", "m3coordinator", "m3aggregator", "m3query"];
    const spent = { m3: 0, m3Kernel: 0, machine: ofMachine() };
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
        try {
            if (!programs.includes(readFileSync(`/proc/${pid}/comm`, "utf8").trim())) continue;
            const { cpu, kernel } = usageOf(Number(pid));
            spent.m3 += cpu;
            spent.m3Kernel += kernel;
        } catch {
            // it ended
        }
    }
    return spent;
}

/** Sums the first line of /proc/stat but for idle and iowait (proc_stat(5)). */
function ofMachine(): number {
    const [, ...ticks] = readFileSync("/proc/stat", "utf8").split("\n", 1)[0]?.split(/\s+/) ?? [];
    const [user, nice, system, , , irq, softirq] = ticks.map(Number);
    return ((user ?? 0) + (nice ?? 0) + (system ?? 0) + (irq ?? 0) + (softirq ?? 0)) / 100;
}
