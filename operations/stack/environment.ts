import type { Environment } from "../../settings/environment.ts";
import { UserError } from "../../support/errors.ts";
import { exitCodes } from "../cli/exit.ts";
import { noPulumi, pulumi } from "./pulumi.ts";
import type { Session } from "./session.ts";

/** Reads the stack output `environment`. Throws UserError when the stack is not there or not up. */
export async function readEnvironment(session: Session): Promise<Environment> {
    const notUp = (what: string) =>
        new UserError(
            `the stack "${session.stack}" has no environment to look at`,
            { what, next: `m3perf up --stack ${session.stack}` },
            exitCodes.unavailable,
        );
    const { code, stdout, stderr } = await pulumi(session, ["stack", "output", "--json"]).catch((error) => {
        throw noPulumi(error);
    });
    if (code !== 0) throw notUp(stderr.trim().split("\n").slice(-4).join("\n    "));
    const { environment } = JSON.parse(stdout) as { environment?: Environment };
    if (!environment)
        throw notUp("it has no output `environment`: its last update did not come to the end, or it was destroyed");
    if (environment.version !== 1) {
        throw new UserError(`the stack "${session.stack}" is of another version of m3perf`, {
            what: `version of its environment: ${environment.version}; this m3perf knows 1`,
            next: "use the m3perf that made it, or run m3perf up with this one",
        });
    }
    return environment;
}
