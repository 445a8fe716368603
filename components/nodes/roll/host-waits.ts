import { messageOf, UserError } from "../../../support/errors.ts";
import { SshError } from "../../../support/ssh-error.ts";
import type { TurnRecord } from "./record.ts";
import type { Boot, Sides } from "./sides.ts";
import type { TurnInput } from "./turn-input.ts";
import { patiently, TooLate } from "./waiting.ts";

const isFault = (error: unknown, ...kinds: string[]) => error instanceof SshError && kinds.includes(error.kind);

/**
 * The host answers again by SSH with another boot than `old`. Throws UserError naming the node after the limit, and at once when
 * another machine answers in its place.
 */
export async function comeBack({ node, cluster, limits }: TurnInput, sides: Sides, old: string): Promise<Boot> {
    const { host, say, signal, pace } = sides;
    let last = "";
    // Not "key" as well: while a host boots, it may refuse everybody but root (pam_nologin).
    const hopeless = (error: unknown) => isFault(error, "hostKey");
    try {
        const boot = await patiently({ timeout: limits.boot, every: pace.every, signal }, hopeless, async () => {
            try {
                const boot = await host.look();
                // Seen: two polls after the request were still answered by the old boot (facts.md 6).
                if (boot.id === old) throw new Error("the boot of before still answers");
                return boot;
            } catch (error) {
                const [told = ""] = messageOf(error).split("\n");
                if (told !== last) say(`  ${told}`);
                last = told;
                throw error;
            }
        });
        say(`  back: boot ${boot.id}`);
        return boot;
    } catch (error) {
        if (!(error instanceof TooLate)) throw error;
        throw new UserError(`${node} does not come back`, {
            what: `no new boot of it within ${limits.boot} s; last seen: ${last || "nothing"}`,
            why: `the roll ends here: the nodes after it were not touched${cluster ? "; it stays cordoned" : ""}`,
            next: "see its console (power, boot loader, network); once it answers, run this again: it goes on from here",
        });
    }
}

/** What the host answers now; undefined: there is no way there, at this moment. Throws what a later moment does not mend. */
export async function lookNow({ host }: Pick<Sides, "host">): Promise<Boot | undefined> {
    try {
        return await host.look();
    } catch (error) {
        if (error instanceof SshError && !isFault(error, "hostKey", "key")) return undefined;
        throw error;
    }
}

/** What the host answers, with a patience of `limit` seconds. Throws SshError. */
export async function reached({ host, say, signal, pace }: Sides, limit: number): Promise<Boot> {
    let said = false;
    const hopeless = (error: unknown) => !(error instanceof SshError) || isFault(error, "hostKey", "key");
    try {
        return await patiently({ timeout: limit, every: pace.every, signal }, hopeless, async () => {
            try {
                return await host.look();
            } catch (error) {
                if (!said && !hopeless(error)) say(`  ${messageOf(error).split("\n")[0]}; asked again for ${limit} s`);
                said = true;
                throw error;
            }
        });
    } catch (error) {
        throw error instanceof TooLate ? error.last : error;
    }
}

/** Whether a host that was asked to reboot before goes down now: within `pace.linger` seconds it answers no more, or anew. */
export async function goesDown(sides: Sides, old: string): Promise<boolean> {
    const { say, signal, pace } = sides;
    say(`  it was asked to reboot already: for ${pace.linger} s, does it?`);
    try {
        return await patiently(
            { timeout: pace.linger, every: pace.every, signal },
            () => false,
            async () => {
                if ((await lookNow(sides))?.id === old) throw new Error("it goes on");
                return true;
            },
        );
    } catch (error) {
        if (error instanceof TooLate) return false;
        throw error;
    }
}

/** Asks for the reboot, or runs the command that switches the host off and on, and notes that it has ended. */
export async function switchHost(input: TurnInput, { host, cluster }: Sides, record: TurnRecord): Promise<void> {
    await host.reboot(input.limits.boot);
    if (input.reboot.by === "ssh") return;
    // Best effort: the API server's own host may be the one that boots now.
    await (cluster ?? host).remember({ ...record, cycled: true }).catch(() => {});
}
