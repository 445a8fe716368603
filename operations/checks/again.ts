import { messageOf } from "../../support/errors.ts";
import type { CheckContext } from "./check.ts";

/** What was written is there at once; the tries are for a slow machine. */
const patience = { tries: 5, milliseconds: 400 };

/**
 * What a run writes at a time (s): of no other second, and the same in two runs at once, so that neither finds the other's value in
 * place of its own.
 */
export const valueAt = (time: number, place = 0): number => (time % 1_000_000) * 100 + place;

/** Asks what is wrong until nothing is, a few times; what was wrong at the last time. An error counts as what is wrong. */
export async function untilNothing(
    { pause }: Pick<CheckContext, "pause">,
    ask: () => Promise<string[]>,
): Promise<string[]> {
    for (let tries = 1; ; tries += 1) {
        const wrong = await ask().catch((error) => [messageOf(error)]);
        if (wrong.length === 0 || tries === patience.tries) return wrong;
        await pause(patience.milliseconds);
    }
}
