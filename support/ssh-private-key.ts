import { createRequire } from "node:module";
import type ssh2 from "ssh2";

const require = createRequire(import.meta.url);

/** Why a text cannot serve as a private key; undefined when it can. Never repeats any of it. */
export function privateKeyProblem(text: string): string | undefined {
    // Read at the first key: most stacks have none, and each preview would load it.
    const { utils } = require("ssh2") as typeof ssh2;
    const parsed = utils.parseKey(text);
    if (parsed instanceof Error) {
        return /encrypted/i.test(parsed.message)
            ? "is encrypted with a passphrase, which nobody could type in here"
            : "is no private key in a known format (OpenSSH, PEM)";
    }
    return parsed.isPrivateKey() ? undefined : "is a public key, not the private one";
}
