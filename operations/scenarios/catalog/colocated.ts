import { memoryHungry } from "./memory-hungry.ts";

export const colocated = memoryHungry("colocated", "on nodes that it shares with the other services");
