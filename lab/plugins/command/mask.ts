/** Hides secret values in what a command prints, so that its failure can be shown all the same. */
import { isMap, type PropertyMap, type PropertyValue, Secret, unseal } from "../shared/index.ts";

export type Mask = (text: string) => string;

const sign = "[secret]";
/** Characters: shorter lines and words of a secret are common text ("users:", "kind: Config"), which must stay readable. */
const shortest = { line: 8, word: 16 };
/** Characters in a line of base64: of `base64`, and of PEM. */
const wraps = [76, 64];

/** The texts sealed in the values, at any depth; all texts of a sealed map or list. */
function secretTexts(value: PropertyValue | undefined, sealed = false): string[] {
    if (value instanceof Secret) return secretTexts(unseal(value), true);
    if (Array.isArray(value)) return value.flatMap((item) => secretTexts(item, sealed));
    if (isMap(value)) return Object.values(value).flatMap((item) => secretTexts(item, sealed));
    return sealed && (typeof value === "string" || typeof value === "number") ? [String(value)] : [];
}

/**
 * What a run can print and must not: the secrets of its environment and connection, and the last run's sealed output, which
 * is in its environment as well.
 */
export function secretsOfRun(inputs: PropertyMap, state: PropertyMap): string[] {
    const previous = unseal(inputs.addPreviousOutputInEnv ?? true) === false ? [] : [state.stdout, state.stderr];
    const sealed = [inputs.environment, ...previous].flatMap((value) => secretTexts(value));
    return [...sealed, ...credentials(inputs.connection)];
}

/** A connection's own secrets. The SDK seals the whole of it, and ports and time limits are numbers that any output has. */
function credentials(connection: PropertyValue | undefined): string[] {
    const hop = unseal(connection ?? null);
    if (!isMap(hop)) return [];
    const { privateKey, privateKeyPassword, password, proxy } = hop;
    return [...[privateKey, privateKeyPassword, password].filter(isText), ...credentials(proxy)];
}

const isText = (value: unknown): value is string => typeof value === "string";

/**
 * Replaces each secret by "[secret]": the whole of it, its lines of at least 8 characters (all lines when none is so long),
 * the words of at least 16 in them (a kubeconfig's token without its key), and the base64, URL-encoded and JSON forms of these.
 */
export function maskOf(secrets: string[]): Mask {
    const forms = new Set(
        secrets
            .flatMap(partsOf)
            .filter((part) => part.trim() !== "")
            .flatMap(formsOf),
    );
    // The longest first: a part must not break up the whole.
    const ordered = [...forms].sort((a, b) => b.length - a.length);
    // By way of a character that no environment variable can hold: short secrets must not be found in the sign itself.
    return (text) => ordered.reduce((masked, form) => masked.replaceAll(form, "\0"), text).replaceAll("\0", sign);
}

function partsOf(secret: string): string[] {
    const lines = secret.split(/\r?\n/).map((line) => line.trim());
    const long = lines.filter((line) => line.length >= shortest.line);
    const words = lines.flatMap((line) => line.split(/[\s"',;=]+/)).filter((word) => word.length >= shortest.word);
    return [secret, secret.trim(), ...(long.length > 0 ? long : lines), ...words];
}

function formsOf(part: string): string[] {
    const base64 = [part, `${part}\n`].flatMap((text) => {
        const bytes = Buffer.from(text);
        const plain = bytes.toString("base64");
        const wrapped = wraps.flatMap((width) => plain.match(new RegExp(`.{1,${width}}`, "g")) ?? []);
        // A wrapped text's last line can be a few characters that are common elsewhere.
        return [plain, bytes.toString("base64url"), ...wrapped.filter((line) => line.length >= shortest.line)];
    });
    const json = JSON.stringify(part).slice(1, -1);
    const query = new URLSearchParams({ "": part }).toString().slice(1);
    return [part, json, encodeURIComponent(part.toWellFormed()), query, ...base64];
}
