/**
 * Words that start a program which the kernel kills when this process has gone, however it went: a test run that is killed leaves no etcd
 * behind. The process that is spawned becomes the program, so that its pid and its signals are its own (util-linux, setpriv(1)).
 * What the program starts itself is not bound.
 */
export const bound = (command: string, args: readonly string[]): [string, string[]] => [
    "setpriv",
    ["--pdeathsig", "KILL", "--", command, ...args],
];
