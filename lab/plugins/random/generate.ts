/** Random values: all from the operating system's generator, but those with a `seed`, which must repeat. */
import { createHash, randomBytes, randomInt } from "node:crypto";
import { adjectives, adverbs, animals } from "./words.ts";

/** A number from 0 to `limit` - 1, every one as likely. */
export type Pick = (limit: number) => number;

export const securePick: Pick = (limit) => randomInt(limit);

/**
 * The same numbers for the same seed. The official plugin uses Go's generator, so a seeded result made anew differs from
 * its one; results already in a state are kept by both.
 */
export function seededPick(seed: string): Pick {
    let block = 0;
    return (limit) => {
        // 48 bits modulo a small limit: the bias is below one in a million.
        const digest = createHash("sha256").update(`${seed}\0${block++}`).digest();
        return digest.readUIntBE(0, 6) % limit;
    };
}

export interface StringRules {
    length: number;
    lower: boolean;
    upper: boolean;
    numeric: boolean;
    special: boolean;
    minLower: number;
    minUpper: number;
    minNumeric: number;
    minSpecial: number;
    overrideSpecial?: string;
}

const letters = "abcdefghijklmnopqrstuvwxyz";
const digits = "0123456789";
/** Documented default of `overrideSpecial`. */
const specials = "!@#$%&*()-_=+[]{}<>:?";

/** As many characters of each kind as the rules want at least, the rest from all kinds allowed, in random order. */
export function randomText(rules: StringRules, pick: Pick = securePick): string {
    const special = rules.overrideSpecial || specials;
    const kinds: [boolean, number, string][] = [
        [rules.lower, rules.minLower, letters],
        [rules.upper, rules.minUpper, letters.toUpperCase()],
        [rules.numeric, rules.minNumeric, digits],
        [rules.special, rules.minSpecial, special],
    ];
    const text = kinds.flatMap(([, least, from]) =>
        Array.from({ length: least }, () => from.charAt(pick(from.length))),
    );
    const all = kinds.map(([allowed, , from]) => (allowed ? from : "")).join("");
    while (text.length < rules.length) text.push(all.charAt(pick(all.length)));
    return shuffled(text, pick).join("");
}

/** Fisher and Yates: every order is as likely. */
export function shuffled<T>(list: T[], pick: Pick = securePick): T[] {
    const result = [...list];
    for (let index = result.length - 1; index > 0; index--) {
        const other = pick(index + 1);
        [result[index], result[other]] = [result[other] as T, result[index] as T];
    }
    return result;
}

/** `count` items; where the list is shorter, it is shuffled again and again. */
export function drawn<T>(list: T[], count: number, pick: Pick = securePick): T[] {
    const result: T[] = [];
    while (list.length > 0 && result.length < count) result.push(...shuffled(list, pick));
    return result.slice(0, count);
}

/** "boldly-quiet-otter": the last word an animal, before it an adjective, before that adverbs. */
export function petName(length: number, separator: string, pick: Pick = securePick): string {
    const from = (list: string[]) => list[pick(list.length)] ?? "";
    const words = Array.from({ length }, (_, index) => {
        if (index === length - 1) return from(animals);
        return from(index === length - 2 ? adjectives : adverbs);
    });
    return words.join(separator);
}

/** The forms in which RandomId gives its bytes; `prefix` goes before each. */
export function idForms(
    bytes: Uint8Array,
    prefix: string,
): { b64Url: string; b64Std: string; hex: string; dec: string } {
    const buffer = Buffer.from(bytes);
    return {
        b64Url: prefix + buffer.toString("base64url"),
        b64Std: prefix + buffer.toString("base64"),
        hex: prefix + buffer.toString("hex"),
        dec: prefix + BigInt(`0x0${buffer.toString("hex")}`).toString(),
    };
}

/** RFC 9562, version 7: milliseconds since 1970, then random bits. */
export function uuid7(now = Date.now()): string {
    const bytes = randomBytes(16);
    bytes.writeUIntBE(now, 0, 6);
    bytes[6] = 0x70 | ((bytes[6] as number) & 0x0f);
    bytes[8] = 0x80 | ((bytes[8] as number) & 0x3f);
    const hex = bytes.toString("hex");
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
