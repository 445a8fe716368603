import { UserError } from "../../../support/errors.ts";
import { exitCodes } from "../../cli/exit.ts";
import type { RunningLoad } from "../../load/generator.ts";

/**
 * A generator whose end is looked at. `lost` is called when it ends and nobody has stopped it, and when it does not end as it should once it is
 * stopped (it hung and was killed, its file could not be written): what it kept of the run is cut short then, and a part is no run.
 */
export function attended(
    child: RunningLoad,
    { name, folder }: { name: string; folder: string },
    lost: (error: Error) => void,
): RunningLoad {
    let stopping = false;
    const ended = child.ended.catch((error: unknown) => ({ code: exitCodes.internal, error: String(error) }));
    const tell = (how: string, { code, error }: { code: number; error?: string }) =>
        lost(
            new UserError(
                `the ${name} ${how}`,
                { what: error ?? `exit code ${code}`, next: `see ${folder}` },
                exitCodes.failed,
            ),
        );
    void ended.then((end) => {
        if (!stopping) tell("ended by itself", end);
    });
    return {
        lately: () => child.lately(),
        async stop() {
            stopping = true;
            await child.stop();
            const end = await ended;
            if (end.code !== 0) tell("did not end as it should when it was stopped", end);
        },
        ended,
    };
}
