import { PassThrough, type Readable } from "node:stream";

/** How far a host's clock is ahead of this machine's, in seconds: `offset`, give or take `error`. */
export interface Clock {
    offset: number;
    error: number;
}

/** Asked until the answer comes within so many milliseconds, but no more often than this. */
const enough = 10;
const most = 8;

/**
 * Asks a host for its clock over a script that answers each line of its input with "clock=SECONDS.FRACTION", after it has said
 * "clock=ready". The true time of an answer lies anywhere within its round trip: half of that is the error, and the quickest
 * round trip counts.
 */
export class ClockProbe {
    readonly stdin: Readable;
    private readonly line = new PassThrough();
    private readonly now: () => number;
    private asked = 0;
    private times = 0;
    /** Undefined: the host told no time. */
    best: Clock | undefined;

    /** `now`: milliseconds since 1970. */
    constructor(now: () => number = Date.now) {
        this.now = now;
        this.stdin = this.line;
    }

    /** Takes each line of the script's output. */
    hear(line: string): void {
        const [, whole, fraction = ""] = /^clock=(\w+)\.?(\d*)/.exec(line) ?? [];
        if (whole === undefined) return;
        if (whole !== "ready") this.compare(Number(whole), fraction);
        if (this.times === most || (this.best && this.best.error * 2000 <= enough)) this.line.end();
        else this.ask();
    }

    private ask(): void {
        this.times++;
        this.asked = this.now();
        this.line.write("\n");
    }

    private compare(seconds: number, fraction: string): void {
        const half = (this.now() - this.asked) / 2000;
        // A `date` without fractions (busybox) told the beginning of a second.
        const [told, more] = fraction === "" ? [seconds + 0.5, 0.5] : [Number(`${seconds}.${fraction}`), 0];
        const clock = { offset: told - (this.asked / 1000 + half), error: half + more };
        if (Number.isFinite(told) && (!this.best || clock.error < this.best.error)) this.best = clock;
    }
}
