/** `lab up` from a bare machine: check, tools, Pulumi home, images, cluster. */
import { UserError } from "../support/errors.ts";
import { createProgress, type Progress } from "../support/progress.ts";
import { labStatus, labUp, type M3dbNodes, upSteps } from "./cluster/index.ts";
import { ensureImages } from "./images/index.ts";
import { ensurePulumiHome } from "./plugins/index.ts";
import { ensureTools, requireMachine } from "./tools/index.ts";
import type { PulumiHome, Tools } from "./types.ts";

export interface BringUpOptions {
    name: string;
    /** As many as there are, three in a new lab, unless told. */
    m3dbNodes?: M3dbNodes;
    /** See LabUpOptions. */
    metricsLater?: boolean;
    progress: Progress;
    signal: AbortSignal;
}

/** MiB: the whole lab with its environment and data, and each M3DB node more; the reference's three take 7.7 GiB in all. */
const memory = { lab: 13 * 1024, m3dbNode: 1536 };

export async function bringLabUp(options: BringUpOptions): Promise<void> {
    const { name, m3dbNodes: asked, metricsLater = false, progress, signal } = options;
    const { nodes } = await labStatus(name);
    const running = nodes.some(({ state }) => state !== "powered off");
    const there = nodes.filter(({ roles }) => roles.includes("m3db")).length;
    const more = Math.max(0, (asked ?? 3) - Math.max(3, there)) * memory.m3dbNode;
    progress.plan(["tools", "Pulumi and its plugins", "container images", ...upSteps]);
    // A lab that runs has its memory already: only what tools lack is asked for then.
    await requireMachine({ lab: !running || more > 0, labMemoryMiB: (running ? 0 : memory.lab) + more });
    const tools = await progress.step("tools", () => ensureTools({ progress: inner(progress), signal }));
    await ensurePulumiHome({ tools, progress, signal });
    const images = await ensureImages({ tools, progress, signal });
    const nodesAsked = asked ? { m3dbNodes: asked } : {};
    const done = await labUp({ name, ...nodesAsked, metricsLater, tools, images, progress, signal });
    const total = progress.timings.reduce((sum, { seconds }) => sum + seconds, 0);
    const phases = progress.timings.map(({ title, seconds }) => `${title} ${seconds.toFixed(1)} s`).join(", ");
    progress.say(`lab ${name}: ${done} in ${total.toFixed(1)} s (${phases})`);
}

/** A step inside a step: its lines show, its time is the outer one's. */
function inner(progress: Progress): Progress {
    return { ...createProgress(), say: (text) => progress.say(text) };
}

const silent: Progress = { timings: [], plan: () => {}, say: () => {}, step: (_title, work) => work(() => {}) };

/** The tools as they are, for a command on a lab that runs. */
export function quickTools(signal: AbortSignal): Promise<Tools> {
    return ensureTools({ progress: silent, signal });
}

/** What Pulumi needs, made ready where it is not; the progress of a first build is shown. */
export async function pulumiHome(progress: Progress, signal: AbortSignal): Promise<{ home: PulumiHome; tools: Tools }> {
    const tools = await ensureTools({ sets: ["pulumi", "kubernetes"], progress, signal });
    const quiet: Progress = { ...progress, say: () => {}, step: (_title, work) => work(() => {}) };
    const home = await ensurePulumiHome({ tools, progress: quiet, signal });
    if (!home.bin) throw new UserError("there is no Pulumi");
    return { home, tools };
}
