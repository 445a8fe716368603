/**
 * issue.ts authority | certificate: makes one and prints it as JSON. Standard input: JSON, AuthorityInput or CertificateInput. Run by
 * Certificates.ts; what it reads and prints is secret, so nothing of it stands in its arguments, its errors or a log.
 */
import { text } from "node:stream/consumers";
import { issue, makeAuthority } from "./issuing.ts";
import type { Authority, CertificatePlan } from "./plan.ts";

export interface AuthorityInput {
    name: string;
}

export interface CertificateInput {
    authority: Authority;
    plan: CertificatePlan;
    /** Of no meaning here: another number runs this again. */
    renewals: number;
}

const [what] = process.argv.slice(2);

try {
    const input = await text(process.stdin);
    process.stdout.write(JSON.stringify(await made(input)));
} catch (error) {
    // Its kind alone: a parser's message quotes what it read.
    console.error(`no ${what ?? "certificate"} could be made: ${error instanceof Error ? error.name : "unknown"}`);
    process.exitCode = 1;
}

function made(input: string): Promise<object> {
    if (what === "authority") return makeAuthority((JSON.parse(input) as AuthorityInput).name, Date.now());
    const { authority, plan } = JSON.parse(input) as CertificateInput;
    return issue(authority, plan, Date.now());
}
