import { createProgress } from "../../../support/progress.ts";
import { examine, exitCodeOf, judge, reportJson } from "../../doctor/doctor.ts";
import { renderReport } from "../../doctor/report.ts";
import { readStackSettings } from "../../doctor/settings.ts";
import { calmNotes, isLive, printJson, wantsColor, widthOf } from "../output.ts";
import type { Values } from "../verbs.ts";

export async function main(values: Values): Promise<number> {
    const stack = readStackSettings(values);
    const examined = await createProgress().step("doctor", async (note) => {
        const notes = calmNotes(note, isLive());
        try {
            return await examine(stack, notes.note);
        } finally {
            notes.end();
        }
    });
    const findings = judge(examined);
    if (values.json) printJson(reportJson(stack, examined, findings));
    else {
        const style = { width: widthOf(process.stdout), color: wantsColor(process.stdout) };
        process.stdout.write(renderReport(examined, findings, stack.unread, style));
    }
    return exitCodeOf(examined, findings);
}
