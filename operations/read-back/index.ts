/** What became of the samples that M3 acknowledged in a run: read back, merged and from each replica, and compared exactly. */
export { defaultReplicaSeries, type ReadBackOptions, readBack } from "./read-back.ts";
export { readBackText, sound } from "./report.ts";
export { readRunPlan } from "./run-plan.ts";
