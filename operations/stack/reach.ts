import type { Environment } from "../../settings/environment.ts";
import { UserError } from "../../support/errors.ts";
import { type Connection, type Kubernetes, kubernetesOver, openConnection } from "../access/kubernetes.ts";
import { secured } from "../access/secured.ts";
import { exitCodes } from "../cli/exit.ts";
import type { Values } from "../cli/verbs.ts";
import { readEnvironment } from "./environment.ts";
import { openSession, type Session } from "./session.ts";

/** A stack's environment, and the ways to its cluster. */
export interface Reached extends Connection {
    session: Session;
    environment: Environment;
    kubernetes: Kubernetes;
}

/** Opens what a command line names. Throws UserError where there is no environment or its cluster does not answer. */
export async function reach(values: Values, say: (text: string) => void): Promise<Reached> {
    const session = await openSession(values, { say });
    const environment = await readEnvironment(session);
    const { kubeconfig, context } = environment;
    const connection = secured(await openConnection(kubeconfig, context), environment);
    const kubernetes = kubernetesOver(connection.call);
    await answering(environment, () => connection.call("/readyz"));
    return { ...connection, session, environment, kubernetes };
}

/** Throws UserError when the API server does not answer: nothing could tell more then. */
export async function answering(environment: Environment, ask: () => Promise<unknown>): Promise<void> {
    try {
        await ask();
    } catch (error) {
        throw new UserError(
            "the Kubernetes API does not answer",
            {
                what: error instanceof Error ? error.message : String(error),
                why: `kubeconfig ${environment.kubeconfig ?? "of this user"}`,
                next:
                    environment.site === "lab"
                        ? "m3perf lab status; m3perf lab up"
                        : "check the site's kubeconfig and network",
            },
            exitCodes.unavailable,
        );
    }
}
