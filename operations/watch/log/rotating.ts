import {
    closeSync,
    existsSync,
    fstatSync,
    ftruncateSync,
    mkdirSync,
    openSync,
    readSync,
    renameSync,
    rmSync,
    writeSync,
} from "node:fs";
import { dirname, extname } from "node:path";

export interface Rotation {
    /** A file is closed before it would be longer than this. */
    bytes: number;
    /** Closed files that are kept. */
    keep: number;
}

/** Name of the n-th closed file; 1 is the youngest: "watch.jsonl", "watch.1.jsonl", "watch.2.jsonl". Pure. */
export function rotatedName(path: string, n: number): string {
    const extension = extname(path);
    return n === 0 ? path : `${path.slice(0, path.length - extension.length)}.${n}${extension}`;
}

/** The closed files of a log and the open one, the oldest first. */
export function filesOf(path: string): string[] {
    const found: string[] = [];
    for (let n = 1; existsSync(rotatedName(path, n)); n++) found.unshift(rotatedName(path, n));
    return existsSync(path) ? [...found, path] : found;
}

/**
 * A text file that is written line by line, goes on where an earlier run ended, and is put aside when it is full. `heading`: first line
 * of every file. Lines are written whole and at once, so that a run that is killed leaves no half of one.
 */
export class RotatingFile {
    readonly #path: string;
    readonly #rotation: Rotation;
    readonly #heading: string | undefined;
    #file: number | undefined;
    #size = 0;

    constructor(path: string, rotation: Rotation, heading?: string) {
        this.#path = path;
        this.#rotation = rotation;
        this.#heading = heading;
        mkdirSync(dirname(path), { recursive: true });
        this.#open();
    }

    /** All lines of one sample stay together in a file. Throws what the file system says; then nothing of them is in it. */
    write(lines: string[]): void {
        if (this.#file === undefined) this.#open();
        const text = lines.map((line) => `${line}\n`).join("");
        const bytes = Buffer.byteLength(text);
        const start = this.#heading === undefined ? 0 : Buffer.byteLength(`${this.#heading}\n`);
        if (this.#size > start && this.#size + bytes > this.#rotation.bytes) this.#rotate();
        this.#append(this.#size === 0 && this.#heading !== undefined ? `${this.#heading}\n${text}` : text);
    }

    close(): void {
        if (this.#file !== undefined) closeSync(this.#file);
        this.#file = undefined;
    }

    #open(): void {
        this.#file = openSync(this.#path, "a+", 0o644);
        this.#size = fstatSync(this.#file).size;
        // The cut end of another run: what comes now would be part of its line.
        if (this.#size > 0 && lastByte(this.#file, this.#size) !== newline) this.#append("\n");
    }

    #append(text: string): void {
        if (this.#file === undefined) return;
        const bytes = Buffer.from(text);
        try {
            for (let done = 0; done < bytes.length; ) done += writeSync(this.#file, bytes, done);
        } catch (error) {
            this.#takeBack();
            throw error;
        }
        this.#size += bytes.length;
    }

    /** A disk that is full takes a part of a line. Opened anew for the next one, which looks how the file ends. */
    #takeBack(): void {
        try {
            if (this.#file !== undefined) ftruncateSync(this.#file, this.#size);
        } catch {
            // What is told is why it could not be written.
        }
        this.close();
    }

    /** Each step can fail and be tried again: closed files move only as far as there is a free name, and no more are removed than are too many. */
    #rotate(): void {
        this.close();
        const { keep } = this.#rotation;
        // More than is kept may be there from a run that kept more.
        for (let n = keep + 1; existsSync(rotatedName(this.#path, n)); n++) rmSync(rotatedName(this.#path, n));
        let free = 0;
        while (free < keep && existsSync(rotatedName(this.#path, free))) free += 1;
        rmSync(rotatedName(this.#path, free), { force: true });
        for (let n = free - 1; n >= 0; n--) renameSync(rotatedName(this.#path, n), rotatedName(this.#path, n + 1));
        this.#open();
    }
}

const newline = 10;

function lastByte(file: number, size: number): number | undefined {
    const last = Buffer.alloc(1);
    readSync(file, last, 0, 1, size - 1);
    return last[0];
}
