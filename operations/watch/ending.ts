import { setTimeout as sleep } from "node:timers/promises";
import { exitCodes } from "../cli/exit.ts";

/** What ends a watch: a key, a signal, its time. */
export interface Ending {
    signal: AbortSignal;
    end(code: number): void;
    /** The exit code, once it has ended. */
    code(): number;
    /** Waits; shorter where the end comes before. */
    wait(milliseconds: number): Promise<void>;
    close(): void;
}

export function untilEnded(): Ending {
    const controller = new AbortController();
    let code: number = exitCodes.ok;
    const end = (given: number) => {
        if (controller.signal.aborted) return;
        code = given;
        controller.abort();
    };
    const interrupted = () => end(exitCodes.interrupted);
    const terminated = () => end(exitCodes.terminated);
    process.on("SIGINT", interrupted).on("SIGTERM", terminated).on("SIGHUP", terminated);
    const { signal } = controller;
    return {
        signal,
        end,
        code: () => code,
        wait: (milliseconds) => sleep(milliseconds, undefined, { signal }).catch(() => {}),
        close: () => void process.off("SIGINT", interrupted).off("SIGTERM", terminated).off("SIGHUP", terminated),
    };
}
