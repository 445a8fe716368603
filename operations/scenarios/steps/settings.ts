import type { Step } from "./step.ts";

/** `up` with settings that differ from the stack file's, while the load goes on; `heal` brings the stack back to its file. */
export function changeSettings(title: string, change: Record<string, unknown>): Step {
    return {
        title,
        run: ({ environment, faults }) => faults.make({ kind: "settings", stack: environment.stack, change }),
    };
}
