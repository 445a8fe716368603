/** The exit codes of m3perf, for scripts; 64 and above follow sysexits(3). `lab` passes its child's code on. */
export const exitCodes = {
    /** Done, or everything as it should be. */
    ok: 0,
    /** The work failed, or at least one check of `verify` did. */
    failed: 1,
    /** The command line is wrong, or names a stack or a file that is not there: nothing was done. */
    usage: 64,
    /** What is needed is not there: no such stack, no cluster that answers, a missing tool. */
    unavailable: 69,
    /** A fault of m3perf itself. */
    internal: 70,
    /** A setting is wrong, or a file that settings name: nothing was done. */
    settings: 78,
    /** Interrupted from the keyboard (128 + SIGINT). */
    interrupted: 130,
    /** Told to stop (128 + SIGTERM). */
    terminated: 143,
} as const;

export const exitHelp: [number, string][] = [
    [exitCodes.ok, "done; for verify: every check passed"],
    [exitCodes.failed, "it failed; for verify: at least one check did"],
    [exitCodes.usage, "wrong command line, nothing was done"],
    [exitCodes.unavailable, "something needed is not there: stack, cluster, tool"],
    [exitCodes.internal, "a fault of m3perf itself"],
    [exitCodes.settings, "wrong settings, nothing was done"],
    [exitCodes.interrupted, "interrupted (143: told to stop); running the same command again goes on"],
];
