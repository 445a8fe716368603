/** What scenarios judge by. */
export { wellAfter } from "./after.ts";
export { collectionGap, collectionLost, remoteWriteLag, writeGap } from "./gaps.ts";
export { foreignSeries, posedSamples, unseenSeries } from "./isolation.ts";
export { kneeRate } from "./knee.ts";
export { judge } from "./objective.ts";
export { rebuildTime } from "./rebuild.ts";
export { recovery } from "./recovery.ts";
export { cpuMean, evictions, memoryPeak, nodesLost, oomKills, restarts } from "./resources.ts";
export { lostSamples, replicaHoles, wrongSamples } from "./samples.ts";
export { generatorShare, readErrors, readP99, throughput, writeErrors, writeP99 } from "./writes.ts";
