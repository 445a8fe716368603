import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { CheckResult } from "../../checks/run.ts";
import type { Sample } from "../../watch/sample.ts";
import { type ReadBack, type RunData, runFiles, type Verdict } from "../types.ts";
import type { RunFolder } from "./folder.ts";
import { intervalsIn } from "./loads.ts";

/** What a run has left so far, for the verdicts. The report reads a folder by itself, with more care for what is broken in it. */
export function readRun(folder: RunFolder): RunData {
    const text = (name: string) => {
        const file = join(folder.path, name);
        return existsSync(file) ? readFileSync(file, "utf8") : "";
    };
    const samples = text(runFiles.watch).split("\n").filter(Boolean);
    return {
        folder: folder.path,
        run: folder.record,
        events: [...folder.events],
        load: intervalsIn(text(runFiles.load)),
        reads: intervalsIn(text(runFiles.reads)),
        watch: samples.map((line) => JSON.parse(line) as Sample),
        readBack: folder.read<ReadBack>(runFiles.readBack),
        verifyBefore: folder.read<CheckResult[]>(runFiles.verifyBefore),
        verifyAfter: folder.read<CheckResult[]>(runFiles.verifyAfter),
        verdicts: folder.read<Verdict[]>(runFiles.verdicts) ?? [],
    };
}
