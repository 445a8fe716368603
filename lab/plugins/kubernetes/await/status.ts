/** Readiness of any kind by the conventions of conditions (as kstatus): observedGeneration, Ready, Reconciling, Stalled. */
import { at, textAt } from "../cluster/objects.ts";
import { because, conditionOf, isObserved } from "./conditions.ts";
import { type Awaiter, failed, ready, waiting } from "./types.ts";

export const generic: Awaiter = {
    timeout: 600,
    assess(live) {
        if (textAt(live, "metadata", "deletionTimestamp") !== "") return waiting("it is being deleted");
        if (at(live, "status", "observedGeneration") !== undefined && !isObserved(live)) {
            return waiting("its controller has not seen the change yet");
        }
        const stalled = conditionOf(live, "Stalled");
        if (stalled?.status === "True") return failed(`it is stalled: ${because(stalled)}`);
        const reconciling = conditionOf(live, "Reconciling");
        if (reconciling?.status === "True") return waiting(`it is being reconciled: ${because(reconciling)}`);
        const condition = conditionOf(live, "Ready");
        if (!condition || condition.status === "True") return ready;
        return waiting(`condition Ready is ${condition.status}: ${because(condition)}`);
    },
};
