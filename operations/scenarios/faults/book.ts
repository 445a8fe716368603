import { messageOf, UserError } from "../../../support/errors.ts";
import { exitCodes } from "../../cli/exit.ts";
import type { Journal, Made } from "../journal.ts";
import type { RunEvent } from "../types.ts";
import { type Fault, faultText, targetOf } from "./fault.ts";
import type { Hands } from "./hands.ts";
import { make, settled, undo } from "./make.ts";

export interface BookOptions {
    journal: Journal;
    hands: Hands;
    /** Whose faults they are. */
    run: Pick<Made, "scenario" | "stack" | "folder">;
    now(): number;
    /** Opens an event; returns what ends it. */
    begin(event: Omit<RunEvent, "at" | "until">): (more?: Partial<RunEvent>) => void;
}

/** Makes faults and heals them; the journal always knows of what is made. */
export class FaultBook {
    readonly #options: BookOptions;
    /** Ends the event of each fault that is made in this run. */
    readonly #open = new Map<string, (more?: Partial<RunEvent>) => void>();

    constructor(options: BookOptions) {
        this.#options = options;
    }

    async make(fault: Fault): Promise<void> {
        const { journal, hands, run, now, begin } = this.#options;
        const made: Made = { at: now(), fault, ...run };
        journal.add(made);
        this.#open.set(keyOf(made), begin({ kind: "fault", title: faultText(fault), target: targetOf(fault) }));
        await make(fault, hands);
    }

    /** Of this run and of earlier ones. */
    get unhealed(): Made[] {
        return this.#options.journal.read();
    }

    /**
     * Undoes all, the latest first, then waits until each is undone. One that fails does not keep the others from it; it stays in the
     * journal. Throws UserError at the end when any failed.
     */
    async heal(): Promise<void> {
        const { journal, hands, begin } = this.#options;
        const failed: { made: Made; message: string }[] = [];
        const healing: { made: Made; end: (more?: Partial<RunEvent>) => void }[] = [];
        for (const made of this.unhealed.reverse()) {
            const { fault } = made;
            const end = begin({ kind: "heal", title: `healed: ${faultText(fault)}`, target: targetOf(fault) });
            try {
                await patiently(hands, () => undo(fault, hands));
                healing.push({ made, end });
            } catch (error) {
                end({ kind: "error", title: `not healed: ${faultText(fault)}`, detail: messageOf(error) });
                failed.push({ made, message: messageOf(error) });
            }
        }
        await Promise.all(
            healing.map(async ({ made, end }) => {
                try {
                    await settled(made.fault, hands);
                    journal.remove(made);
                    end();
                    this.#open.get(keyOf(made))?.();
                    this.#open.delete(keyOf(made));
                } catch (error) {
                    end({ kind: "error", title: `not well again: ${faultText(made.fault)}`, detail: messageOf(error) });
                    failed.push({ made, message: messageOf(error) });
                }
            }),
        );
        if (failed.length === 0) return;
        throw new UserError(
            failed.length === 1 ? "a fault could not be healed" : `${failed.length} faults could not be healed`,
            failed.map(({ made: { fault }, message }) => ({
                what: `${targetOf(fault)}: ${faultText(fault)}`,
                why: message,
                next: "m3perf scenario heal tries again",
            })),
            exitCodes.failed,
        );
    }
}

/** What a fault did to the cluster may keep one call from its answer (an API server that is busy, a host that starts): tried again. */
const tries = 6;
const pauseMs = 5000;

async function patiently(hands: Hands, work: () => Promise<void>): Promise<void> {
    for (let left = tries - 1; ; left--) {
        try {
            return await work();
        } catch (error) {
            if (left === 0) throw error;
            await hands.pause(pauseMs);
        }
    }
}

const keyOf = (made: Made) => JSON.stringify([made.at, made.fault]);
