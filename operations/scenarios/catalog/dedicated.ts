import { memoryHungry } from "./memory-hungry.ts";

export const dedicated = memoryHungry("dedicated", "on nodes that it has to itself");
