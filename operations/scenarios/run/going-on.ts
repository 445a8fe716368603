import type { RunFolder } from "./folder.ts";
import { allAnew, doneOf, type Task } from "./queue.ts";
import { type Standing, standsSince } from "./stand-up.ts";

export interface GoingOn {
    tasks: Task[];
    /** The environment has what a run of the command has written. */
    used: boolean;
    /** It was there, and the command had brought it up before it was ended. */
    ours: boolean;
}

/** What is left of a command on the environment that stands now. `earlier`: its runs, in the order in which they began; none: it is new. */
export async function goingOn(
    tasks: Task[],
    earlier: RunFolder[],
    standing: Standing,
    say: (line: string) => void,
): Promise<GoingOn> {
    const last = earlier.at(-1)?.record;
    if (!last) return { tasks, used: false, ours: false };
    if (await standsSince(standing, last.startedAt)) return { tasks, used: true, ours: last.broughtUp === true };
    for (const task of tasks)
        if (task.do === "conclude")
            say(`${task.folder.path}: the environment that it wrote to is gone, so the run begins anew`);
    return { tasks: allAnew(tasks), used: false, ours: false };
}

/** The runs that answer for a command: those of it that were done before it was ended, and those of now. Pure. */
export const answersOf = (earlier: RunFolder[], now: RunFolder[]): RunFolder[] =>
    [...doneOf(earlier), ...now].sort((a, b) => a.record.repeat.index - b.record.repeat.index);
