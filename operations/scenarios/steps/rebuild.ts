import type { Step } from "./step.ts";
import type { PodTarget } from "./targets.ts";

/** Gives a replica what it lacks from its peers, as `m3perf rebuild` does. What it lacked is told before. */
export const rebuild = (target: PodTarget): Step => ({
    title: `rebuild the ${target.text} from its peers`,
    run: (world) => world.rebuild(target.of(world.environment)),
});
