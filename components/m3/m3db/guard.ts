/**
 * guard.ts check: whether the live M3DBCluster may be given its new spec. Standard input: JSON, GuardInput. Runs before every
 * change of the M3DBCluster; ends with an error that says what would be lost; changes nothing.
 */
import { text } from "node:stream/consumers";
import { messageOf, UserError } from "../../../support/errors.ts";
import { clientsFromEnvironment } from "../../kubernetes.ts";
import type { GuardInput } from "./guard-rules.ts";
import { refuse } from "./guarding.ts";

const [action] = process.argv.slice(2);

try {
    if (action !== "check") throw new UserError(`guard.ts: ${action ?? "nothing"} is not known; use check`, [], 64);
    const input = JSON.parse(await text(process.stdin)) as GuardInput;
    console.log(await refuse(clientsFromEnvironment().config, input));
} catch (error) {
    console.error(messageOf(error));
    process.exitCode = error instanceof UserError ? error.exitCode : 1;
}
