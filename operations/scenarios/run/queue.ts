import { join } from "node:path";
import { UserError } from "../../../support/errors.ts";
import { exitCodes } from "../../cli/exit.ts";
import type { RunRecord } from "../types.ts";
import { runFiles } from "../types.ts";
import type { RunFolder } from "./folder.ts";

/** What is to be done about one repeat of a command. */
export type Task =
    | { do: "run"; id: string; index: number; of: number }
    /** Its steps are done: what is left is reading back, judging, the report. */
    | { do: "conclude"; folder: RunFolder };

/** The runs of a new command. Pure. */
export const newTasks = (stamp: string, repeat: number): Task[] =>
    Array.from({ length: repeat }, (_, at) => ({ do: "run", id: `${stamp}-${at + 1}`, index: at + 1, of: repeat }));

const done = ({ state }: RunRecord) => state === "passed" || state === "failed";

/**
 * What is left of a command that was ended. A run cannot go on in the middle: its load, and what a fault does to it, are one whole. So what did
 * not come to the end of its steps begins anew, in a folder of its own; what did is concluded. Throws UserError where nothing is left.
 */
export function tasksLeft(runs: RunFolder[], scenario: string): Task[] {
    const [first] = runs;
    const stamp = first?.record.id.slice(0, 15) ?? "";
    const of = Math.max(0, ...runs.map(({ record }) => record.repeat.of));
    const tasks: Task[] = [];
    for (let index = 1; index <= of; index++) {
        const tries = runs.filter(({ record }) => record.repeat.index === index);
        const latest = tries.at(-1);
        if (tries.some(({ record }) => done(record))) continue;
        if (latest && latest.read(runFiles.verifyAfter) !== null) tasks.push({ do: "conclude", folder: latest });
        else {
            const id = `${stamp}-${index}${tries.length === 0 ? "" : `.${tries.length + 1}`}`;
            tasks.push({ do: "run", id, index, of });
        }
    }
    if (tasks.length > 0) return tasks;
    throw new UserError(
        `there is nothing of ${scenario} to go on with`,
        {
            what: first ? `the newest run, ${join(first.path)}, came to its end` : "it has not been run",
            next: `m3perf scenario ${scenario}`,
        },
        exitCodes.usage,
    );
}
