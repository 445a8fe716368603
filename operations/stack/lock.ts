import { globSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** A lock of Pulumi's file backend: one file per update that runs, or that was killed before it could remove it. */
export interface StackLock {
    file: string;
    pid: number;
    host: string;
    since: string;
    /** "stale": its process is gone, or its id now belongs to a process that is not Pulumi; "elsewhere": of another host. */
    state: "running" | "stale" | "elsewhere";
}

/** Locks of a stack in a file backend; none for other backends, whose service frees them. */
export function stackLocks(backend: string | undefined, project: string, stack: string): StackLock[] {
    if (!backend?.startsWith("file://")) return [];
    const folder = join(
        fileURLToPath(backend.replace(/^file:\/\/(?!\/)/, "file:///")),
        ".pulumi/locks/organization",
        project,
        stack,
    );
    return globSync("*.json", { cwd: folder }).flatMap((name) => {
        const file = join(folder, name);
        try {
            const {
                pid,
                hostname: host,
                timestamp,
            } = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
            if (typeof pid !== "number" || typeof host !== "string") return [];
            const state = host !== hostname() ? "elsewhere" : isPulumi(pid) ? "running" : "stale";
            return [{ file, pid, host, since: String(timestamp), state }];
        } catch {
            return []; // removed since the listing
        }
    });
}

/** Whether a process of this machine is a running Pulumi (Linux: /proc). */
function isPulumi(pid: number): boolean {
    try {
        const state = /^State:\s+(\S)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
        return state !== "Z" && readFileSync(`/proc/${pid}/comm`, "utf8").trim() === "pulumi";
    } catch {
        return false;
    }
}
