/** A secret in every form in which it could show: as it is, in base64 at any place of a longer text, in a URL, in JSON. */

export interface Secret {
    /** What it is, for the message; never the secret itself. */
    name: string;
    text: string;
}

/** Shorter pieces would be found by chance. */
const least = 12;

export function formsOf(text: string): string[] {
    if (text.length < least) throw new Error(`a secret of ${text.length} characters cannot be searched for`);
    // At each of the three places that it can have in a longer text; the characters at the ends hold bits of its neighbours.
    const base64 = [0, 1, 2].map((before) => {
        const whole = Buffer.concat([Buffer.alloc(before), Buffer.from(text)])
            .toString("base64")
            .replace(/=+$/, "");
        return whole.slice(before === 0 ? 0 : before + 1, -1);
    });
    const url = base64.map((one) => one.replaceAll("+", "-").replaceAll("/", "_"));
    const hex = Buffer.from(text).toString("hex");
    const all = [text, ...base64, ...url, hex, encodeURIComponent(text), JSON.stringify(text).slice(1, -1)];
    return [...new Set(all)];
}

/** Which secrets show in a text, by name. */
export const shownIn = (text: string | Buffer, secrets: Secret[]): string[] =>
    secrets.filter((one) => formsOf(one.text).some((form) => text.includes(form))).map(({ name }) => name);
