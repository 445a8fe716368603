import { type LoadShape, length } from "../plan.ts";
import type { Step } from "./step.ts";

/** Another load in the place of the one before, for so long; its series are new ones. */
export function write(title: string, shape: LoadShape, full: string, short?: string): Step {
    const time = length(full, short);
    const rate = (shape.series * (shape.replicas ?? 1)) / (length(shape.interval).full / 1000);
    return {
        title: `${title}: ${shape.series} series every ${shape.interval}`,
        time,
        async run(world) {
            await world.load.start(shape);
            const end = world.begin({ kind: "phase", title, rate: Math.round(rate) });
            await world.wait(world.short ? time.short : time.full);
            end();
        },
    };
}
