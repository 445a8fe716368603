import { length } from "../plan.ts";
import type { Step } from "./step.ts";

function pass(title: string, full: string, short: string | undefined): Step {
    const time = length(full, short);
    return {
        title,
        time,
        run: (world) => world.wait(world.short ? time.short : time.full),
    };
}

/** Lets the load go on until caches, blocks and connections are as they stay. */
export const warmUp = (full: string, short?: string) => pass("warm up", full, short);

/** Lets everything go on and looks. */
export const observe = (full: string, short?: string) => pass("observe", full, short);

/** Undoes every fault that is made, the last one first, and waits until it is undone. */
export const heal = (): Step => ({ title: "heal", run: (world) => world.faults.heal() });

/** Steps that the short variant leaves out. */
export const inFull = (...steps: Step[]): Step[] => steps.map((step) => ({ ...step, fullOnly: true }));
