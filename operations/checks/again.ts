import { messageOf } from "../../support/errors.ts";
import type { CheckContext } from "./check.ts";

/** What was written is there at once; the tries are for a slow machine. */
const patience = { tries: 5, milliseconds: 400 };

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
