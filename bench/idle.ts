/**
 * `npm run bench:idle [-- --rounds 2]`: what a lab that nobody uses takes of the processor, with the code and the heaps of its programs on
 * huge pages (lab/cluster/programs.ts) and with pages as the machine has them. In turns; prints Markdown. How long a read at a
 * random place of 256 MiB takes a process beside it shows why.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { cpuSecondsOf } from "../lab/cluster/cgroups.ts";
import { labDown, labUp } from "../lab/cluster/index.ts";
import { cgroupOf } from "../lab/cluster/layout.ts";
import { ensureImages } from "../lab/images/index.ts";
import { ensureTools } from "../lab/tools/index.ts";
import { messageOf } from "../support/errors.ts";
import { createProgress } from "../support/progress.ts";
import { median } from "./statistics.ts";
import { timesOf } from "./times.ts";

const name = "bench-idle";
/** Seconds after it is up that do not count, and that do. */
const [settles, counted] = [30, 60];

const { values } = parseArgs({ options: { rounds: { type: "string", default: "2" } } });
const rounds = timesOf("rounds", values.rounds);

interface Turn {
    hugePages: boolean;
    /** Cores that the whole lab took. */
    cores: number;
    upSeconds: number;
    readNs: number;
}

const progress = createProgress();
try {
    const tools = await ensureTools({ progress });
    const images = await ensureImages({ tools, progress });
    const turns: Turn[] = [];
    for (let round = 0; round < rounds; round += 1) {
        for (const hugePages of [true, false]) {
            const start = performance.now();
            try {
                await labUp({ name, tools, images, hugePages, metricsLater: true, progress });
                const upSeconds = (performance.now() - start) / 1000;
                await sleep(settles * 1000);
                const before = { cpu: cpuSecondsOf(cgroupOf(name)) ?? Number.NaN, at: performance.now() };
                await sleep(counted * 1000);
                const cpu = (cpuSecondsOf(cgroupOf(name)) ?? Number.NaN) - before.cpu;
                const cores = (cpu * 1000) / (performance.now() - before.at);
                turns.push({ hugePages, cores, upSeconds, readNs: randomReadNs() });
            } finally {
                await labDown({ name, progress });
            }
        }
    }
    console.log("| pages | cores of the idle lab | lab up, s | a random read, ns |\n|---|---|---|---|");
    for (const hugePages of [true, false]) {
        const of = turns.filter((turn) => turn.hugePages === hugePages);
        const cell = (value: (turn: Turn) => number, digits: number) => {
            const all = of.map((turn) => value(turn));
            return `${(median(all) ?? Number.NaN).toFixed(digits)} (${all.map((one) => one.toFixed(digits)).join(", ")})`;
        };
        const cells = [
            cell(({ cores }) => cores, 2),
            cell(({ upSeconds }) => upSeconds, 0),
            cell(({ readNs }) => readNs, 0),
        ];
        console.log(`| ${hugePages ? "huge" : "as the machine has them"} | ${cells.join(" | ")} |`);
    }
} catch (error) {
    console.error(messageOf(error));
    process.exitCode = 1;
}

/** ns for a read that depends on the one before, at random places of 256 MiB. */
function randomReadNs(): number {
    const length = 1 << 26;
    const next = new Uint32Array(length);
    for (let index = 0; index < length; index += 1) next[index] = (Math.imul(index, 1_103_515_245) + 12_345) >>> 6;
    const reads = 200_000;
    let at = 1;
    const start = performance.now();
    for (let read = 0; read < reads; read += 1) at = next[at] ?? 0;
    const ns = (performance.now() - start) * 1e6;
    // Told where it ended, so that no compiler leaves the reads out.
    if (at >= length) throw new Error(`a read went astray: ${at}`);
    return ns / reads;
}
