/**
 * Readers of what we write may go before us: `| head`, a `tee` that the same Ctrl-C ended, a terminal that is closed. The next write
 * fails, and as an event that nobody listens to that would end m3perf in the middle of an update, and Pulumi with it.
 */
import { outliveReader } from "../../support/progress.ts";

const gone = new AbortController();

/** Comes when nobody reads standard output any more: a verb that goes on until it is ended, and only shows something, ends then. */
export const outputGone: AbortSignal = gone.signal;

/** From now on every verb comes to its end without its readers, and its exit code is its own. Called once, by main.ts. */
export function outliveReaders(): void {
    outliveReader(process.stderr);
    process.stdout.on("error", (error: NodeJS.ErrnoException) => {
        if (!isReaderGone(error, process.stdout.isTTY)) throw error;
        gone.abort();
    });
}

/** A full disk is something else: then a result is lost that somebody waits for. Pure. */
export const isReaderGone = ({ code }: NodeJS.ErrnoException, terminal: boolean): boolean =>
    code === "EPIPE" || (terminal && code === "EIO");
