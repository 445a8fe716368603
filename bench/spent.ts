import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

export interface Spent {
    seconds: number;
    /** Of the command and all processes that came from it, resident at the same time, as looked at every 200 ms. */
    peakMi: number;
}

const every = 200;
/** ms that a command may take. */
const limit = 3_600_000;

/** Runs a command to its end; throws with its output unless it succeeds. */
export async function measured(
    command: string,
    args: string[],
    { cwd, env }: { cwd: string; env: NodeJS.ProcessEnv },
): Promise<Spent> {
    const start = performance.now();
    const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"], timeout: limit });
    let said = "";
    for (const stream of [child.stdout, child.stderr])
        stream.setEncoding("utf8").on("data", (text: string) => {
            said = (said + text).slice(-4000);
        });
    let peak = 0;
    const timer = setInterval(() => {
        peak = Math.max(peak, residentOf(child.pid ?? 0));
    }, every);
    try {
        const code = await new Promise<number | null>((resolve, reject) => {
            child.once("error", reject);
            child.once("close", resolve);
        });
        if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}:\n${said}`);
    } finally {
        clearInterval(timer);
    }
    return { seconds: (performance.now() - start) / 1000, peakMi: Math.round(peak / 1024) };
}

/** KiB resident of a process and its children, theirs and so on (Linux: /proc). */
function residentOf(root: number): number {
    const found = readdirSync("/proc").flatMap((name) => {
        try {
            if (!/^\d+$/.test(name)) return [];
            const status = readFileSync(`/proc/${name}/status`, "utf8");
            const field = (key: string) => Number(new RegExp(`^${key}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0);
            return [{ pid: Number(name), parent: field("PPid"), kib: field("VmRSS") }];
        } catch {
            return []; // it ended
        }
    });
    const sum = (pid: number): number =>
        found.filter(({ parent }) => parent === pid).reduce((total, child) => total + child.kib + sum(child.pid), 0);
    return (found.find(({ pid }) => pid === root)?.kib ?? 0) + sum(root);
}
