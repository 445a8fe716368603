import { UserError } from "../../../support/errors.ts";
import { exitCodes } from "../../cli/exit.ts";
import type { RunRecord } from "../types.ts";
import { runFiles } from "../types.ts";
import { type RunFolder, stampIn } from "./folder.ts";

/** What is to be done about one repeat of a command. */
export type Task =
    | { do: "run"; id: string; index: number; of: number }
    /** Its steps are done: what is left is reading back, judging, the report. `anew`: instead, where what it wrote is gone. */
    | { do: "conclude"; folder: RunFolder; anew: Task & { do: "run" } };

/** The runs of a new command. Pure. */
export const newTasks = (stamp: string, repeat: number): Task[] =>
    Array.from({ length: repeat }, (_, at) => ({ do: "run", id: `${stamp}-${at + 1}`, index: at + 1, of: repeat }));

const done = ({ state }: RunRecord) => state === "passed" || state === "failed";

/** The runs of a command that came to their end. Pure. */
export const doneOf = (runs: RunFolder[]): RunFolder[] => runs.filter(({ record }) => done(record));

/**
 * What is left of a command that was ended. A run cannot go on in the middle: its load, and what a fault does to it, are one whole. So what did
 * not come to the end of its steps begins anew, in a folder of its own; what did is concluded. `runs`: of one command, in the order in which
 * they began. Throws UserError where nothing is left.
 */
export function tasksLeft(runs: RunFolder[], scenario: string): Task[] {
    const [first] = runs;
    const stamp = stampIn(first?.record.id ?? "");
    const of = Math.max(0, ...runs.map(({ record }) => record.repeat.of));
    const tasks: Task[] = [];
    for (let index = 1; index <= of; index++) {
        const tries = runs.filter(({ record }) => record.repeat.index === index);
        const latest = tries.at(-1);
        if (tries.some(({ record }) => done(record))) continue;
        const id = `${stamp}-${index}${tries.length === 0 ? "" : `.${tries.length + 1}`}`;
        const anew = { do: "run" as const, id, index, of };
        const ended = latest !== undefined && latest.read(runFiles.verifyAfter) !== null;
        tasks.push(ended ? { do: "conclude", folder: latest, anew } : anew);
    }
    if (tasks.length === 0) throw nothingLeft(scenario, runs.at(-1));
    return tasks;
}

/** The tasks on an environment that has nothing of what earlier runs wrote: there is nothing to read back. Pure. */
export const allAnew = (tasks: Task[]): Task[] => tasks.map((task) => (task.do === "conclude" ? task.anew : task));

/** `newest`: undefined where there is none. */
export const nothingLeft = (scenario: string, newest?: RunFolder) =>
    new UserError(
        `there is nothing of ${scenario} to go on with`,
        {
            what: newest ? `the newest run, ${newest.path}, came to its end` : "it has not been run",
            next: `m3perf scenario ${scenario}`,
        },
        exitCodes.usage,
    );
