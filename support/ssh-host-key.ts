/** A host's public key. */
export interface HostKey {
    /** "ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa", … */
    type: string;
    key: Buffer;
}

/** The host does not show the key that it should, or what it should show is not given: another attempt cannot mend it. */
export class HostKeyError extends Error {}

/**
 * The expected key as in an authorized_keys file or in known_hosts: "[host ]type base64[ comment]"; undefined when nothing is
 * expected. Throws HostKeyError when the text is no key.
 */
export function hostKeyParts(expected: string | undefined): HostKey | undefined {
    if (expected === undefined || expected.trim() === "") return undefined;
    const words = expected.trim().split(/\s+/);
    const at = words.findIndex((word) => /^(ssh-|ecdsa-|sk-)/.test(word));
    const [type, base64] = at < 0 ? [] : words.slice(at);
    if (type === undefined || base64 === undefined)
        throw new HostKeyError('hostKey must look like "ssh-ed25519 AAAA…"');
    return { type, key: Buffer.from(base64, "base64") };
}

/** Undefined when the host shows the expected key, or none is expected: callers that must not trust anybody check that first. */
export function hostKeyProblem(expected: string | undefined, actual: Buffer): HostKeyError | undefined {
    const wanted = hostKeyParts(expected);
    if (!wanted || wanted.key.equals(actual)) return undefined;
    return new HostKeyError(
        "the host key is not the expected one: another machine answers, or the host was installed anew",
    );
}

/** Signature algorithms by which a host proves that it has a key of this type: it must show the key that we can compare, no other. */
export function hostKeyAlgorithms(type: string): string[] {
    return type === "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"] : [type];
}
