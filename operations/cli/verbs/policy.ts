import { UserError } from "../../../support/errors.ts";
import { projectRoot } from "../../../support/paths.ts";
import { createProgress } from "../../../support/progress.ts";
import { declaredIn } from "../../policy/declared.ts";
import { readPreview, renderStack } from "../../policy/render.ts";
import { type Judged, judgePolicy, rules } from "../../policy/rules.ts";
import { readStackFile } from "../../stack/settings.ts";
import { exitCodes } from "../exit.ts";
import { printJson } from "../output.ts";
import type { Values } from "../verbs.ts";

export async function main(values: Values): Promise<number> {
    const { file } = values;
    const ofStack = ["stack", "settings"].filter((name) => values[name] !== undefined);
    if (typeof file === "string" && ofStack.length > 0) {
        const problem = { what: "one of them says what is judged: leave the other out" };
        throw new UserError(`--file and --${ofStack.join(", --")}`, problem, exitCodes.usage);
    }
    const progress = createProgress();
    const document =
        typeof file === "string"
            ? await readPreview(file)
            : await progress.step("preview the stack from nothing", () => {
                  const text = (name: string) => (typeof values[name] === "string" ? values[name] : undefined);
                  const { stack, text: settings } = readStackFile(text("stack") ?? "dev", text("settings"));
                  return renderStack(projectRoot, { name: stack, text: settings }, progress.say);
              });
    const judged = judgePolicy(declaredIn(document));
    if (judged.pods === 0) {
        const next =
            "a preview of a stack that stands shows what changes alone: m3perf policy --stack NAME previews it from nothing";
        throw new UserError("there is no pod in it, so nothing is shown", { what: "0 pods", next }, exitCodes.failed);
    }
    if (values.json) printJson(judged);
    else process.stdout.write(policyText(judged));
    return judged.breaches.length === 0 ? exitCodes.ok : exitCodes.failed;
}

/** For a person. Pure. */
export function policyText({ breaches, excepted, pods, objects }: Judged): string {
    const lines = rules.flatMap(({ id, asks }) => {
        const own = breaches.filter(({ rule }) => rule === id);
        const allowed = excepted.filter(({ rule }) => rule === id);
        return [
            `${own.length === 0 ? "holds " : "BROKEN"}  ${id}: ${asks}`,
            ...own.map(({ of, what }) => `          ${of}: ${what}`),
            ...allowed.map(({ of, what, why }) => `          except ${of}: ${what} (${why})`),
        ];
    });
    const end =
        breaches.length === 0
            ? `All ${rules.length} rules hold for ${objects} objects, ${pods} of them with pods.`
            : `${breaches.length} breaches in ${objects} objects. Correct the settings or the component that makes them (docs/threat-model.md).`;
    return `${[...lines, end].join("\n")}\n`;
}
