import ssh2 from "ssh2";

/** Why a text cannot serve as a private key; undefined when it can. Never repeats any of it. */
export function privateKeyProblem(text: string): string | undefined {
    const parsed = ssh2.utils.parseKey(text);
    if (parsed instanceof Error) {
        return /encrypted/i.test(parsed.message)
            ? "is encrypted with a passphrase, which nobody could type in here"
            : "is no private key in a known format (OpenSSH, PEM)";
    }
    return parsed.isPrivateKey() ? undefined : "is a public key, not the private one";
}
