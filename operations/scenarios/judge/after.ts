import { runFiles } from "../types.ts";
import { figure } from "./objective.ts";

/** Part of every scenario: what was broken has to be whole again. Holes that the run made are told by the replicas' own figure. */
export const wellAfter = figure({
    id: "verify-after",
    name: "checks of m3perf verify that fail afterwards",
    title: "the environment is well afterwards",
    unit: "checks",
    better: "less",
    evidence: [{ file: runFiles.verifyAfter, what: "every check" }],
    of({ verifyAfter }) {
        if (!verifyAfter) return { value: null, text: "not measured", why: "verify was not run afterwards" };
        const failed = verifyAfter.filter(({ ok }) => !ok);
        const [first] = failed;
        return {
            value: failed.length,
            text: failed.length === 0 ? `all ${verifyAfter.length} pass` : failed.map(({ id }) => id).join(", "),
            ...(first ? { why: `${first.id}: ${first.evidence[0] ?? first.title}` } : {}),
        };
    },
});
