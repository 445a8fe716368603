import type { Step } from "./step.ts";

/** Asks as each identity for the load's series, and writes with the labels of each other one. Needs a stack with a gateway. */
export const readAndWriteAsEach = (): Step => ({
    title: "read and write as each identity",
    run: (world) => world.probeIsolation(),
});
