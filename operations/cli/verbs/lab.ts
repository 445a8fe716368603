import { runLab } from "../../lab.ts";
import type { Values } from "../verbs.ts";

/** The words go to lab/main.ts as they are; its exit code and the terminal are its own. */
export function main(_values: Values, words: string[]): Promise<number> {
    return runLab(words);
}
