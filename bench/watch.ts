/**
 * `npm run bench:watch -- [--lab NAME] [--turns 10] [--seconds 60] [--warm 25]`: what `m3perf watch` adds to a lab whose environment is up. Windows
 * without and with it in turn; each window with it is held against the mean of its two neighbours, so that what comes and goes slowly
 * falls out. The first seconds of watch, in which it asks every source twice, are left out. CPU is that of the lab's own cgroups (nodes and control plane): the command itself runs outside of them and is told apart.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { run } from "../support/exec.ts";
import { projectRoot } from "../support/paths.ts";
import { median } from "./statistics.ts";

const { values } = parseArgs({
    options: {
        lab: { type: "string", default: "lab" },
        turns: { type: "string", default: "10" },
        seconds: { type: "string", default: "60" },
        warm: { type: "string", default: "25" },
    },
});
const [turns, seconds, warm] = [Number(values.turns), Number(values.seconds), Number(values.warm)];
const command = join(projectRoot, "bin/m3perf");

interface Usage {
    at: number;
    nodes: Record<string, { cpuSeconds: number | null }>;
    controlPlane: { cpuSeconds: number | null } | null;
}

/** One line of `lab usage`, which goes on until it is ended. */
async function usage(): Promise<Usage> {
    const child = spawn(command, ["lab", "usage", "--json", "--lab", values.lab], {
        stdio: ["ignore", "pipe", "inherit"],
    });
    try {
        for await (const part of child.stdout.setEncoding("utf8").iterator({ destroyOnReturn: false }))
            return JSON.parse(String(part).split("\n")[0] ?? "") as Usage;
        throw new Error(`lab ${values.lab} tells no usage: is it up?`);
    } finally {
        child.kill();
    }
}

const cpuOf = ({ nodes, controlPlane }: Usage) =>
    [...Object.values(nodes), controlPlane].reduce((sum, use) => sum + (use?.cpuSeconds ?? 0), 0);

/** Percent of one core that the lab used while `during` went on. */
async function window(during: () => Promise<unknown>): Promise<number> {
    const before = await usage();
    await during();
    const after = await usage();
    return (100_000 * (cpuOf(after) - cpuOf(before))) / (after.at - before.at);
}

const quiet = () => sleep(seconds * 1000);
const startWatch = (time: number) =>
    run(command, ["watch", "--for", `${time}s`, "--json", "--lab", values.lab], { timeout: time + 60 });

const without: number[] = [await window(quiet)];
const added: number[] = [];
for (let turn = 0; turn < turns; turn += 1) {
    // It is there a little longer than the window, which a look at the usage ends.
    const watching = startWatch(warm + seconds + 15);
    await sleep(warm * 1000);
    const withIt = await window(quiet);
    await watching;
    const next = await window(quiet);
    const [last = 0] = without.slice(-1);
    added.push(withIt - (last + next) / 2);
    without.push(next);
    console.error(
        `turn ${turn + 1}: without ${last.toFixed(1)} %, with ${withIt.toFixed(1)} %, without ${next.toFixed(1)} %`,
    );
}
const sorted = added.toSorted((a, b) => a - b);
const at = (share: number) => sorted[Math.round((sorted.length - 1) * share)] ?? Number.NaN;
console.log("| what | median % of one core | quartiles | min–max | windows |\n| --- | --- | --- | --- | --- |");
console.log(
    `| the lab without watch | ${median(without).toFixed(1)} | | ${Math.min(...without).toFixed(1)}–${Math.max(...without).toFixed(1)} | ${without.length} of ${seconds} s |`,
);
console.log(
    `| added by watch | ${median(added).toFixed(2)} | ${at(0.25).toFixed(2)}–${at(0.75).toFixed(2)} | ${at(0).toFixed(2)}–${at(1).toFixed(2)} | ${added.length} |`,
);
