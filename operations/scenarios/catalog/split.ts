import { heavyQueries } from "./heavy-queries.ts";

export const split = heavyQueries("split", "processes of their own");
