import "reflect-metadata"; // the library under the next one asks for it
import { randomBytes, webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";
import { type Authority, type Certificate, type CertificatePlan, lifetimes } from "./plan.ts";

/**
 * Certificates of an environment: ECDSA P-256, which every TLS 1.2 and later has. Keys leave here in PEM (PKCS #8), to the state and to
 * Secrets. Only the command issue.ts imports this: the program itself needs no such library.
 */

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const hour = 3_600_000;
const day = 24 * hour;

/** The environment's own authority. It signs no other authorities (path length 0). */
export async function makeAuthority(name: string, now: number): Promise<Authority> {
    const keys = await newKeys();
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
        serialNumber: serial(),
        name: [{ CN: [name] }],
        ...validity(now, lifetimes.authority),
        signingAlgorithm: algorithm,
        keys,
        extensions: [
            new x509.BasicConstraintsExtension(true, 0, true),
            new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
            await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
        ],
    });
    return { issued: now, certificate: pem(certificate), key: await keyText(keys.privateKey) };
}

/** A certificate by the authority, with a key of its own. */
export async function issue(authority: Authority, plan: CertificatePlan, now: number): Promise<Certificate> {
    const issuer = new x509.X509Certificate(authority.certificate);
    const keys = await newKeys();
    const uses = plan.uses.map((use) => x509.ExtendedKeyUsage[use === "server" ? "serverAuth" : "clientAuth"]);
    const names = [
        ...plan.names.map((value) => ({ type: "dns" as const, value })),
        ...plan.addresses.map((value) => ({ type: "ip" as const, value })),
    ];
    const certificate = await x509.X509CertificateGenerator.create({
        serialNumber: serial(),
        subject: [{ CN: [plan.subject] }],
        issuer: issuer.subjectName,
        ...validity(now, lifetimes.certificate),
        signingKey: await signingKey(authority.key),
        publicKey: keys.publicKey,
        signingAlgorithm: algorithm,
        extensions: [
            new x509.BasicConstraintsExtension(false, undefined, true),
            new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
            new x509.ExtendedKeyUsageExtension(uses),
            ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
            await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey, false, webcrypto),
            await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
        ],
    });
    return { certificate: pem(certificate), key: await keyText(keys.privateKey), authority: authority.certificate };
}

const newKeys = () => webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);

/** An hour back: clocks differ. */
const validity = (now: number, days: number) => ({
    notBefore: new Date(now - hour),
    notAfter: new Date(now + days * day),
});

/** 126 bits by chance, positive (RFC 5280, 4.1.2.2). */
function serial(): string {
    const bytes = randomBytes(16);
    bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
    return bytes.toString("hex");
}

const pem = (certificate: x509.X509Certificate) => `${certificate.toString("pem").trim()}\n`;

const keyText = async (key: webcrypto.CryptoKey) =>
    `${x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY").trim()}\n`;

function signingKey(text: string): Promise<webcrypto.CryptoKey> {
    const [bytes] = x509.PemConverter.decode(text);
    if (!bytes) throw new Error("the authority's key is no PEM");
    return webcrypto.subtle.importKey("pkcs8", bytes, algorithm, false, ["sign"]);
}
