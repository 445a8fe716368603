import { createHmac } from "node:crypto";

/** Key types in the order in which they are preferred. */
const preferred = ["ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa"];

/**
 * A host's key ("type base64") in the text of a known_hosts file; plain and hashed names, patterns without wildcards, and
 * "[host]:port" for a port that is not 22. Lines with a marker (@revoked, @cert-authority) are not keys of hosts, and a revoked key is
 * nobody's. Undefined when the file has none. Source: sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT".
 */
export function hostKeyIn(text: string, host: string, port: number): string | undefined {
    const name = (port === 22 ? host : `[${host}]:${port}`).toLowerCase();
    const lines = text.split("\n").map((line) => line.trim().split(/\s+/));
    const revoked = new Set(lines.flatMap(([marker, , , key]) => (marker === "@revoked" && key ? [key] : [])));
    const keys = lines.flatMap(([names = "", type = "", key = ""]) => {
        if (names === "" || names.startsWith("#") || names.startsWith("@") || key === "" || revoked.has(key)) return [];
        return names.split(",").some((one) => isName(one, name)) ? [{ type, key }] : [];
    });
    const rank = ({ type }: { type: string }) =>
        (preferred.indexOf(type) + preferred.length + 1) % (preferred.length + 1);
    const [best] = keys.sort((a, b) => rank(a) - rank(b));
    return best && `${best.type} ${best.key}`;
}

/** "|1|salt|hash" is the HMAC-SHA1 of the name. */
function isName(written: string, name: string): boolean {
    const [, version, salt, hash] = written.split("|");
    if (version !== "1" || salt === undefined) return written.toLowerCase() === name;
    return createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest("base64") === hash;
}
