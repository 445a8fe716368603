import { rateStep } from "../judge/knee.ts";
import { length } from "../plan.ts";
import type { Step } from "./step.ts";

export interface RampOptions {
    /** Samples a second to begin with. */
    from: number;
    /** The next rate is so many times this one. */
    factor: number;
    /** No rate beyond it. */
    to: number;
    /** Time between two samples of a series: the rate decides how many series there are. */
    interval: string;
    /** How long each rate goes on. The first third of it is left out of its figures: blocks, connections and caches settle. */
    each: string;
    short?: { each: string; to?: number };
}

/** Rates of a ramp. Pure. */
function ratesOf({ from, factor, to }: Pick<RampOptions, "from" | "factor" | "to">): number[] {
    const rates: number[] = [];
    for (let rate = from; rate <= to; rate *= factor) rates.push(Math.round(rate));
    return rates;
}

/** Writes at a rising rate, each rate with its own series, and stops at the first one that M3 does not take. */
export function ramp(options: RampOptions): Step {
    const each = length(options.each, options.short?.each);
    const seconds = length(options.interval).full / 1000;
    return {
        title: `raise the rate from ${options.from} samples/s, ${options.each} each`,
        async run(world) {
            const time = world.short ? each.short : each.full;
            const to = (world.short ? options.short?.to : undefined) ?? options.to;
            for (const rate of ratesOf({ ...options, to })) {
                const shape = { ...world.shape, series: Math.round(rate * seconds), interval: options.interval };
                await world.load.start(shape);
                await world.wait(time / 3);
                const from = world.now();
                const end = world.begin({ kind: "phase", title: `${rate} samples/s`, rate });
                await world.wait((time * 2) / 3);
                const step = rateStep(world.load.intervals().filter(({ at }) => at > from));
                end(step.beyond === undefined ? {} : { detail: `the knee: ${step.beyond}` });
                world.note(`${rate} samples/s: ${step.acknowledged} acknowledged, ${step.beyond ?? "held"}`);
                if (step.beyond !== undefined) break;
            }
            await world.load.stop();
        },
    };
}
