import type { ExecOptions } from "../../../support/exec.ts";

/**
 * For the programs that make the image. They take seconds on a quiet machine, and two hundred times as long was seen on one that
 * ran a lab, a load and other tests beside them; the limit, in seconds, only ends what hangs.
 */
export function patiently(signal: AbortSignal | undefined): Pick<ExecOptions, "timeout" | "signal"> {
    return { timeout: 3600, ...(signal ? { signal } : {}) };
}
