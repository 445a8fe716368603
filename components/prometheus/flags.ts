/** Command line flags of Prometheus: taken out, and put back where they were. Pure. */

/** A flag that was taken out, with its value where that is a word of its own, and the word before it (null: it was the first). */
export interface Removed {
    words: string[];
    after: string | null;
}

const isFlag = (word: string | undefined) => word?.startsWith("-") === true;
const nameOf = (word: string) => word.split("=")[0] ?? word;

export function removeFlags(args: string[], which: RegExp): { args: string[]; removed: Removed[] } {
    const kept: string[] = [];
    const removed: Removed[] = [];
    for (let index = 0; index < args.length; index += 1) {
        const word = args[index] ?? "";
        if (!which.test(word)) {
            kept.push(word);
            continue;
        }
        const after = args[index - 1] ?? null;
        const next = args[index + 1];
        const apart = !word.includes("=") && next !== undefined && !isFlag(next);
        removed.push({ words: apart ? [word, next] : [word], after });
        if (apart) index += 1;
    }
    return { args: kept, removed };
}

/** The flags behind the words that they stood behind; one that somebody has set again meanwhile stays as it is now. */
export function restoreFlags(args: string[], removed: Removed[]): string[] {
    const restored = [...args];
    const there = new Set(args.map(nameOf));
    for (const { words, after } of removed) {
        if (there.has(nameOf(words[0] ?? ""))) continue;
        const before = after === null ? -1 : restored.lastIndexOf(after);
        const at = after !== null && before < 0 ? restored.length : before + 1;
        restored.splice(at, 0, ...words);
    }
    return restored;
}

/** The value of a flag ("" for one without); undefined when it is not there. */
export function flagValue(args: string[], flag: string): string | undefined {
    const index = args.findIndex((word) => nameOf(word) === flag);
    const word = args[index];
    if (word === undefined) return undefined;
    if (word.includes("=")) return word.slice(word.indexOf("=") + 1);
    const next = args[index + 1];
    return next === undefined || isFlag(next) ? "" : next;
}
