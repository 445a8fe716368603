import { messageOf, UserError } from "../../support/errors.ts";
import { withRetries } from "../kubernetes.ts";

/** What attaching asks of the live Prometheus (live-server.ts, live-resource.ts). S: what we may change of it, K: what is kept. */
export interface Live<S, K> {
    read(): Promise<{ state: S; kept: K | undefined }>;
    keep(kept: K): Promise<void>;
    forget(): Promise<void>;
    /** Writes what differs from what was read last; 409 when somebody else was faster. */
    write(state: S): Promise<void>;
    /** Waits until Prometheus runs with what is written. */
    settle(): Promise<void>;
}

/** Attaching twice changes nothing, and detaching undoes our changes alone. Pure. */
export interface Plan<S, K> {
    attach(state: S, kept: K | undefined): { state: S; kept: K };
    detach(state: S, kept: K | undefined): S;
}

/**
 * Keeps the original, writes what the plan makes of it, and waits for Prometheus. When it does not come up with that, undoes it,
 * whatever others have changed in the meantime, and throws UserError with `next`.
 */
export async function attachTo<S, K>(live: Live<S, K>, plan: Plan<S, K>, next: string): Promise<void> {
    let touched = false;
    try {
        await withRetries(async () => {
            const before = await live.read();
            const wanted = plan.attach(before.state, before.kept);
            touched = true;
            await live.keep(wanted.kept);
            await live.write(wanted.state);
        });
        await live.settle();
    } catch (error) {
        if (!touched) throw error;
        // A Prometheus that does not start must not stay behind, least of all one that no state knows of.
        await undo(live, plan);
        const again = await live.settle().then(
            () => "",
            (failure: unknown) => `with it, too: ${messageOf(failure)}`,
        );
        await live.forget();
        throw new UserError(
            "Prometheus did not come up with remote write and read; its own configuration was restored",
            { what: messageOf(error), ...(again ? { why: again } : {}), next },
        );
    }
}

export async function detachFrom<S, K>(live: Live<S, K>, plan: Plan<S, K>): Promise<void> {
    await undo(live, plan);
    await live.settle();
    await live.forget();
}

/** Reads anew: a roll takes minutes, and what stands there now need not be what we wrote. */
const undo = <S, K>(live: Live<S, K>, plan: Plan<S, K>) =>
    withRetries(async () => {
        const now = await live.read();
        await live.write(plan.detach(now.state, now.kept));
    });
