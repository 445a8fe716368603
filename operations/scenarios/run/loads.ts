import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { LoadInterval, LoadPlan } from "../../../agent/load/types.ts";
import type { RunningLoad } from "../../load/generator.ts";
import type { Totals } from "../../load/totals.ts";
import type { LoadShape } from "../plan.ts";
import type { Load } from "../steps/step.ts";
import { runFiles } from "../types.ts";
import { attended } from "./attended.ts";
import { planOf } from "./load-plan.ts";
import type { Parts } from "./parts.ts";

/**
 * The loads of a run. The scenario's own writes into the run's folder; each one that a step starts has a folder of its own (loads/0, …), since
 * its series are others, and its intervals are added to the run's load log at its end.
 */
export class Loads implements Load {
    readonly #parts: Pick<Parts, "startLoad" | "door">;
    readonly #folder: string;
    readonly #run: string;
    readonly #lost: (error: Error) => void;
    #running: { child: RunningLoad; folder: string } | undefined;
    #count = 0;

    /** `lost`: called when a load ends that nobody has stopped, or does not end as it should. */
    constructor(parts: Pick<Parts, "startLoad" | "door">, folder: string, run: string, lost: (error: Error) => void) {
        this.#parts = parts;
        this.#folder = folder;
        this.#run = run;
        this.#lost = lost;
    }

    /** The load that goes on for as long as the run does. */
    startOwn(shape: LoadShape): LoadPlan {
        return this.#start(shape, this.#folder, this.#run);
    }

    async start(shape: LoadShape): Promise<void> {
        await this.stop();
        const folder = join(this.#folder, runFiles.loads, String(this.#count));
        mkdirSync(folder, { recursive: true });
        this.#start(shape, folder, `${this.#run}-${this.#count}`);
        this.#count += 1;
    }

    async stop(): Promise<void> {
        const running = this.#running;
        this.#running = undefined;
        if (!running) return;
        await running.child.stop();
        if (running.folder === this.#folder) return;
        appendFileSync(join(this.#folder, runFiles.load), textOf(running.folder));
    }

    intervals(): LoadInterval[] {
        const extra = this.#running && this.#running.folder !== this.#folder ? textOf(this.#running.folder) : "";
        return intervalsIn(textOf(this.#folder) + extra);
    }

    lately(): Totals | undefined {
        return this.#running?.child.lately();
    }

    #start(shape: LoadShape, folder: string, run: string): LoadPlan {
        const plan = planOf(shape, { run, door: this.#parts.door });
        const child = attended(this.#parts.startLoad(plan, folder), { name: "load generator", folder }, this.#lost);
        this.#running = { child, folder };
        return plan;
    }
}

const textOf = (folder: string) => {
    const file = join(folder, runFiles.load);
    return existsSync(file) ? readFileSync(file, "utf8") : "";
};

/** The whole lines of a load log. Pure. */
function intervalsIn(text: string): LoadInterval[] {
    return text.split("\n").flatMap((line) => {
        try {
            return line === "" ? [] : [JSON.parse(line) as LoadInterval];
        } catch {
            return []; // it is being written
        }
    });
}

/** Folders with a ledger, which can be read back. */
export function ledgerFolders(folder: string): string[] {
    const own = existsSync(join(folder, runFiles.ledger)) ? [folder] : [];
    const of = (index: number) => join(folder, runFiles.loads, String(index));
    const others: string[] = [];
    for (let index = 0; existsSync(of(index)); index++)
        if (existsSync(join(of(index), runFiles.ledger))) others.push(of(index));
    return [...own, ...others];
}
