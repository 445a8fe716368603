/** What scenario files are written with. */
export { scenario } from "../plan.ts";
export { readAndWriteAsEach } from "./isolation.ts";
export { cutOff, powerOff, stopKubelet } from "./nodes.ts";
export { loseEtcdMembers, restartAll, wipe } from "./pods.ts";
export { ramp } from "./ramp.ts";
export { rebuild } from "./rebuild.ts";
export { changeSettings } from "./settings.ts";
export { coordinatorNode, dbnodeOn, m3dbNode } from "./targets.ts";
export { heal, inFull, observe, warmUp } from "./time.ts";
export { write } from "./write.ts";
