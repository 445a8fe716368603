import {
    closeSync,
    existsSync,
    fsyncSync,
    mkdirSync,
    openSync,
    readFileSync,
    renameSync,
    rmSync,
    writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { messageOf, UserError } from "../../support/errors.ts";
import { exitCodes } from "../cli/exit.ts";
import type { Fault } from "./faults/fault.ts";
import type { Chosen } from "./run/chosen.ts";

/** A fault that is made, or about to be, and not healed yet. */
export interface Made {
    /** Milliseconds since 1970. */
    at: number;
    fault: Fault;
    scenario: string;
    stack: string;
    /** The run's folder. */
    folder: string;
}

interface Content {
    v: 1;
    made: Made[];
    /** Absent: an m3perf wrote it that did not keep it yet. */
    command?: Chosen;
}

/**
 * The faults of one place (a lab or a site) that are to be healed. Written whole, and on the disk, before a fault is made: a run that
 * is killed leaves it to the next one. The latest fault is healed first.
 */
export class Journal {
    readonly file: string;
    readonly #copy: (() => string | undefined) | undefined;

    /** `copy`: a second file that gets the same, in the run's folder. */
    constructor(file: string, copy?: () => string | undefined) {
        this.file = file;
        this.#copy = copy;
    }

    /** The latest last. */
    read(): Made[] {
        return this.#content().made;
    }

    /** What the command chose whose faults they are; undefined: it is not known. */
    get command(): Chosen | undefined {
        return this.#content().command;
    }

    /** A command begins, and nothing is broken: faults that come now are its own, and are healed with what it chose. */
    begin(command: Chosen): void {
        this.#write({ v: 1, made: [], command });
    }

    add(made: Made): void {
        const content = this.#content();
        this.#write({ ...content, made: [...content.made, made] });
    }

    remove(made: Made): void {
        const same = JSON.stringify(made);
        const content = this.#content();
        this.#write({ ...content, made: content.made.filter((one) => JSON.stringify(one) !== same) });
    }

    #content(): Content {
        if (!existsSync(this.file)) return { v: 1, made: [] };
        const content = this.#parsed();
        if ((content.v as number) !== 1) throw this.#unreadable(`it is of another version of m3perf (${content.v})`);
        return content;
    }

    #parsed(): Content {
        try {
            return JSON.parse(readFileSync(this.file, "utf8"));
        } catch (error) {
            throw this.#unreadable(messageOf(error));
        }
    }

    /** What it names may be broken still: nobody heals that unseen, and nobody forgets it. */
    #unreadable(why: string): UserError {
        return new UserError(
            "the journal of faults that are to be healed cannot be read",
            {
                what: this.file,
                why,
                next: "heal what it names (its lines say node or pod, and how), then delete it",
            },
            exitCodes.unavailable,
        );
    }

    #write(content: Content): void {
        const text = `${JSON.stringify(content, null, 2)}\n`;
        writeDurably(this.file, text);
        const copy = this.#copy?.();
        if (copy !== undefined) writeDurably(copy, text);
    }
}

/** The old content or the new, whatever happens meanwhile, a full disk included. Throws where it cannot be written whole. */
export function writeDurably(path: string, text: string): void {
    mkdirSync(dirname(path), { recursive: true });
    // Each process has its own: two that write the same file do not mix.
    const next = `${path}.${process.pid}.next`;
    const file = openSync(next, "w", 0o600);
    try {
        // Goes on after a short write, which writeSync only tells of.
        writeFileSync(file, text);
        fsyncSync(file);
    } catch (error) {
        rmSync(next, { force: true });
        throw error;
    } finally {
        closeSync(file);
    }
    renameSync(next, path);
}
