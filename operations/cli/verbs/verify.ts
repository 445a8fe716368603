import { writeFile } from "node:fs/promises";
import { messageOf, UserError } from "../../../support/errors.ts";
import { userPath } from "../../../support/paths.ts";
import { createProgress } from "../../../support/progress.ts";
import { junitOf } from "../../checks/junit.ts";
import { renderResults } from "../../checks/report.ts";
import { chooseChecks, verify, verifyJson } from "../../checks/verify.ts";
import { readEnvironment } from "../../stack/environment.ts";
import { openSession } from "../../stack/session.ts";
import { addressed, addressedResults } from "../addressed.ts";
import { exitCodes } from "../exit.ts";
import { printJson, wantsColor, widthOf } from "../output.ts";
import type { Values } from "../verbs.ts";

export async function main(values: Values): Promise<number> {
    const chosen = chooseChecks(typeof values.only === "string" ? values.only : undefined);
    const wait = secondsOf(values.wait);
    const progress = createProgress();
    // The checks need it, and it takes its time: it is read while others (lab, Pulumi) are waited for.
    void import("../../../support/kubernetes-client.ts");
    const session = await openSession(values, { say: progress.say });
    const environment = await readEnvironment(session);
    const results = addressedResults(await verify(environment, chosen, { progress, wait }), values);
    if (values.json) printJson(verifyJson(environment, results));
    else
        process.stdout.write(
            renderResults(results, {
                width: widthOf(process.stdout),
                color: wantsColor(process.stdout),
                address: (text) => addressed(text, values),
            }),
        );
    if (typeof values.junit === "string")
        await writeJunit(values.junit, junitOf(environment.stack, results, new Date()));
    return results.every(({ ok }) => ok) ? exitCodes.ok : exitCodes.failed;
}

async function writeJunit(path: string, text: string): Promise<void> {
    try {
        await writeFile(userPath(path), text);
    } catch (error) {
        throw new UserError(`--junit ${path} cannot be written`, { what: messageOf(error) }, exitCodes.usage);
    }
}

/** Seconds of --wait. */
export function secondsOf(value: string | boolean | undefined): number {
    if (value === undefined) return 0;
    const seconds = Number(value);
    if (Number.isFinite(seconds) && seconds >= 0 && seconds <= 3600) return seconds;
    throw new UserError(`--wait = ${value}`, { what: "allowed: 0 to 3600 seconds" }, exitCodes.usage);
}
