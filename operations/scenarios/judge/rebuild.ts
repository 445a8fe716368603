import { runFiles } from "../types.ts";
import { figure } from "./objective.ts";

export const rebuildTime = figure({
    id: "rebuild-time",
    name: "time until a rebuilt replica has everything again",
    title: "a replica is rebuilt in time",
    unit: "s",
    better: "less",
    evidence: [{ file: runFiles.run, what: "replicas that were rebuilt: rebuilt" }],
    of({ run: { rebuilt = [] } }) {
        if (rebuilt.length === 0) return { value: null, text: "not measured", why: "none was rebuilt" };
        return {
            value: Math.max(...rebuilt.map(({ seconds }) => seconds)),
            text: rebuilt.map(({ pod, shards, seconds }) => `${pod}: ${shards} shards in ${seconds} s`).join("; "),
        };
    },
});
