import { heavyQueries } from "./heavy-queries.ts";

export const integrated = heavyQueries("integrated", "the coordinators");
