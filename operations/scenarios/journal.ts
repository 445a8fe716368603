import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import type { Fault } from "./faults/fault.ts";

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
        if (!existsSync(this.file)) return [];
        const content = JSON.parse(readFileSync(this.file, "utf8")) as Content;
        if (content.v !== 1) throw new Error(`${this.file} is of another version of m3perf (${content.v})`);
        return content.made;
    }

    add(made: Made): void {
        this.#write([...this.read(), made]);
    }

    remove(made: Made): void {
        const same = JSON.stringify(made);
        this.#write(this.read().filter((one) => JSON.stringify(one) !== same));
    }

    #write(made: Made[]): void {
        const text = `${JSON.stringify({ v: 1, made } satisfies Content, null, 2)}\n`;
        writeDurably(this.file, text);
        const copy = this.#copy?.();
        if (copy !== undefined) writeDurably(copy, text);
    }
}

/** The old content or the new, whatever happens meanwhile. */
export function writeDurably(path: string, text: string): void {
    mkdirSync(dirname(path), { recursive: true });
    const next = `${path}.next`;
    const file = openSync(next, "w", 0o600);
    try {
        writeSync(file, text);
        fsyncSync(file);
    } finally {
        closeSync(file);
    }
    renameSync(next, path);
}
