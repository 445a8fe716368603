/** `lab up` from a bare machine: check, tools, Pulumi home, images, cluster. */
import { UserError } from "../support/errors.ts";
import { createProgress, type Progress } from "../support/progress.ts";
import { labStatus, labUp, upSteps } from "./cluster/index.ts";
import { ensureImages } from "./images/index.ts";
import { ensurePulumiHome } from "./plugins/index.ts";
import { ensureTools, requireMachine } from "./tools/index.ts";
import type { PulumiHome, Tools } from "./types.ts";

export interface BringUpOptions {
    name: string;
    progress: Progress;
    signal: AbortSignal;
}

export async function bringLabUp({ name, progress, signal }: BringUpOptions): Promise<void> {
    const running = (await labStatus(name)).nodes.some(({ state }) => state !== "powered off");
    progress.plan(["tools", "Pulumi and its plugins", "container images", ...upSteps]);
    // A lab that runs has its memory already: only what tools lack is asked for then.
    await requireMachine({ lab: !running });
    const tools = await progress.step("tools", () => ensureTools({ progress: inner(progress), signal }));
    await ensurePulumiHome({ tools, progress, signal });
    const images = await ensureImages({ tools, progress, signal });
    const done = await labUp({ name, tools, images, progress, signal });
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
