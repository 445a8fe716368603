import type { Environment } from "../../../settings/environment.ts";
import { UserError } from "../../../support/errors.ts";
import { exec } from "../../../support/exec.ts";
import type { Progress } from "../../../support/progress.ts";
import { type Connection, kubernetesOver, openConnection } from "../../access/kubernetes.ts";
import { exitCodes } from "../../cli/exit.ts";
import type { Values } from "../../cli/verbs.ts";
import { askLab, type LabState } from "../../lab.ts";
import { bringUp, tearDown } from "../../stack/bring.ts";
import { readEnvironment } from "../../stack/environment.ts";
import { answering } from "../../stack/reach.ts";
import { openSession, type Session, target } from "../../stack/session.ts";

export interface Standing {
    session: Session;
    environment: Environment;
    connection: Connection;
    /** What was not there before, and goes again at the end. */
    made: { lab: boolean; environment: boolean };
}

/** Makes sure that the stack's environment is up and as its settings say. Throws UserError. */
export async function standUp(values: Values, progress: Progress): Promise<Standing> {
    const { lab } = target(values);
    const made = { lab: false, environment: false };
    if (lab !== null) {
        const { state } = await askLab<LabState>(["status", "--lab", lab]);
        made.lab = state === "down";
        if (state !== "up") await askLab(["up", "--lab", lab]);
    }
    const session = await openSession(values, { say: progress.say });
    if (lab !== null) refuseOthers(session.stack, lab, await stacksOn(session));
    const standing = await readEnvironment(session).catch((error: unknown) => {
        if (error instanceof UserError && error.exitCode === exitCodes.unavailable) return undefined;
        throw error;
    });
    made.environment = standing === undefined;
    let environment = standing;
    // Also where it stands: a run has to be of what the stack's file says. Where nothing has to change, this changes nothing.
    if (environment === undefined || values["as-is"] !== true) {
        await bringUp(session, progress);
        environment = await readEnvironment(session);
    }
    const connection = await openConnection(environment.kubeconfig, environment.context);
    await answering(environment, () => connection.call("/readyz"));
    return { session, environment, connection, made };
}

/** Takes down what `standUp` has made, and only that. */
export async function takeDown(
    { session, made }: Pick<Standing, "session" | "made">,
    progress: Progress,
): Promise<void> {
    if (made.environment) await tearDown(session, progress);
    if (made.lab && session.lab !== null) await askLab(["down", "--lab", session.lab]);
}

/**
 * Whether what stands can hold what was written from then on (ms since 1970). One that was brought up since does not, by us or by others: its
 * M3DBCluster is younger.
 */
export async function standsSince({ environment, connection, made }: Standing, then: number): Promise<boolean> {
    if (made.environment) return false;
    const { namespace, cluster } = environment;
    const { metadata } = await kubernetesOver(connection.call).m3dbCluster(namespace, cluster.name);
    return Date.parse(metadata.creationTimestamp ?? "") <= then;
}

/**
 * The same environment with nothing in it that was written. One that was there before is not ours to destroy, and stays. `ours`: the command
 * has brought it up, now or before it was ended and gone on with.
 */
export async function standUpAnew(
    standing: Standing,
    ours: boolean,
    values: Values,
    progress: Progress,
): Promise<Standing> {
    const { session, made } = standing;
    if (!ours) {
        progress.say("the environment was there before, so this repeat finds what the ones before it have written");
        return standing;
    }
    await tearDown(session, progress);
    return { ...(await standUp(values, progress)), made: { ...made, environment: true } };
}

/** Stacks of a lab's own backend that have anything. */
async function stacksOn(session: Session): Promise<string[]> {
    const { code, stdout } = await exec("pulumi", ["stack", "ls", "--json", "--non-interactive"], {
        cwd: session.folder,
        env: session.env,
        timeout: 120,
    });
    if (code !== 0) return [];
    const stacks = JSON.parse(stdout) as { name: string; resourceCount?: number }[];
    return stacks
        .filter(({ resourceCount = 0 }) => resourceCount > 0)
        .map(({ name }) => name.split("/").at(-1) ?? name);
}

/** One environment at a time stands on a lab. Throws UserError where it is another's. */
export function refuseOthers(stack: string, lab: string, standing: string[]): void {
    const others = standing.filter((name) => name !== stack);
    const [other] = others;
    if (other === undefined) return;
    const of = lab === "lab" ? "" : ` --lab ${lab}`;
    throw new UserError(
        `the lab ${lab} carries the stack "${other}", and the scenario is for "${stack}"`,
        {
            what: "one environment at a time stands on a lab",
            next: `m3perf down --stack ${other} --keep-lab${of}, and again; or --stack ${other}, to ask the question of what stands`,
        },
        exitCodes.unavailable,
    );
}
