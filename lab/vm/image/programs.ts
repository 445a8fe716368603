import { type ExecOptions, run } from "../../../support/exec.ts";

/**
 * For the programs that make the image. They take seconds on a quiet machine, and two hundred times as long was seen on one that
 * ran a lab, a load and other tests beside them; the limit, in seconds, only ends what hangs.
 */
export function patiently(signal: AbortSignal | undefined): Pick<ExecOptions, "timeout" | "signal"> {
    return { timeout: 3600, ...(signal ? { signal } : {}) };
}

/** `run` of a program that ends with this process, even where that is killed (SIGKILL): setpriv becomes the program. */
export function runTied(command: string, args: string[], options: ExecOptions): Promise<string> {
    return run("setpriv", ["--pdeathsig", "KILL", command, ...args], options);
}
