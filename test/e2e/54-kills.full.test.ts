/** What takes long: `up` and `down` killed again and again, at moments that nobody chose; the next run has to converge all the same. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { exec } from "../../support/exec.ts";
import { projectRoot } from "../../support/paths.ts";
import { waitFor } from "../../support/wait.ts";
import { lab, labVariables, m3perf, m3perfJson, shared, snapshot, standsOn, type UpJson } from "./environment.ts";

/** Kills of `up` and of `down` in a row. More: M3PERF_KILLS=50. */
const kills = Number(process.env.M3PERF_KILLS ?? 12);
const signals = ["SIGINT", "SIGTERM", "SIGKILL"] as const;

/** A process and all that come from it, the youngest first. */
function treeOf(pid: number): number[] {
    const parents = readdirSync("/proc")
        .filter((name) => /^\d+$/.test(name))
        .flatMap((name) => {
            try {
                const stat = readFileSync(`/proc/${name}/stat`, "utf8");
                return [{ pid: Number(name), parent: Number(stat.slice(stat.lastIndexOf(")")).split(" ")[2]) }];
            } catch {
                return []; // it ended
            }
        });
    const below = (one: number): number[] =>
        parents.filter(({ parent }) => parent === one).flatMap((child) => [...below(child.pid), child.pid]);
    return [...below(pid), pid];
}

interface Kill {
    after: number;
    signal: (typeof signals)[number];
    /** All of its processes at once, as when a machine is short of memory or loses power; else the command alone. */
    all: boolean;
}

/** Starts a command and kills it. Resolves when it, and every process that came from it and was killed, has ended. */
async function killed(words: string[], { after, signal, all }: Kill): Promise<void> {
    const child = spawn(join(projectRoot, "bin/m3perf"), [...words, "--lab", lab], { stdio: "ignore" });
    const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
    const first = await Promise.race([sleep(after).then(() => "killed"), ended.then(() => "ended")]);
    const pid = child.pid;
    assert.ok(pid);
    if (first === "killed") {
        for (const one of all ? treeOf(pid) : [pid]) {
            try {
                process.kill(one, signal);
            } catch {} // it ended by itself
        }
    }
    console.log(
        `      ${words[0]}: ${first === "ended" ? "was done" : signal} after ${(after / 1000).toFixed(1)} s${all ? ", all processes" : ""}`,
    );
    // An engine that was asked to stop finishes what it has in hand.
    await waitFor(
        { what: `m3perf ${words[0]} to end after ${signal}`, timeout: 400 },
        () => child.exitCode !== null || child.signalCode !== null,
    );
    await ended;
}

const kill = (index: number, longest: number): Kill => ({
    after: 300 + Math.random() * longest,
    signal: signals[index % signals.length] ?? "SIGKILL",
    all: Math.floor(index / signals.length) % 2 === 1,
});

describe("e2e: up and down, killed", function () {
    this.timeout(90 * 60_000);
    before(() => standsOn("up", "up"));

    async function pending(): Promise<number> {
        const { stdout } = await exec("pulumi", ["stack", "export"], {
            env: await labVariables(),
            cwd: projectRoot,
            timeout: 120,
        });
        const { deployment } = JSON.parse(stdout) as { deployment: { pending_operations?: unknown[] } };
        return deployment.pending_operations?.length ?? 0;
    }

    it(`down, killed ${Math.ceil(kills / 2)} times, leaves the cluster as it was in the end`, async () => {
        for (let index = 0; index < Math.ceil(kills / 2); index++)
            await killed(["down", "--keep-lab"], kill(index, 6000));
        const { code, stderr } = await m3perf(["down", "--keep-lab"]);
        assert.equal(code, 0, stderr.slice(-3000));
        await waitFor({ what: "the cluster to be as it was", timeout: 180, every: 3 }, async () => {
            assert.deepEqual(await snapshot(), shared.before);
            return true;
        });
    });

    it(`up, killed ${kills} times, stands in the end: every check passes, nothing is pending, nothing has to change`, async () => {
        for (let index = 0; index < kills; index++) await killed(["up"], kill(index, 14_000));
        const up = await m3perfJson<UpJson>(["up"]);
        assert.equal(up.failed, 0, JSON.stringify(up.checks.filter(({ ok }) => !ok)));
        assert.equal(await pending(), 0);
        const { unchanged, changes } = await m3perfJson<UpJson>(["preview"]);
        assert.equal(unchanged, true, JSON.stringify(changes));
    });
});
