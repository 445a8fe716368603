/** Certificates of an environment, as components/tls makes them, for tests. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { keys, secretData } from "../../components/tls/files.ts";
import { issue, makeAuthority } from "../../components/tls/issuing.ts";
import {
    type Authority,
    type Certificate,
    type CertificatePlan,
    clientCertificate,
    etcdCertificate,
    gatewayCertificate,
} from "../../components/tls/plan.ts";

export interface Issued {
    authority: Authority;
    etcd: Certificate;
    client: Certificate;
    gateway: Certificate;
    /** Another one of the same authority. */
    more(plan: CertificatePlan, now?: number): Promise<Certificate>;
}

export async function issueAll(now = Date.now(), nodes: { address: string }[] = []): Promise<Issued> {
    const authority = await makeAuthority("m3perf test", now);
    const more = (plan: CertificatePlan, at = now) => issue(authority, plan, at);
    const [etcd, client, gateway] = await Promise.all(
        [etcdCertificate("m3db", 3), clientCertificate, gatewayCertificate("m3db", nodes)].map((plan) => more(plan)),
    );
    if (!etcd || !client || !gateway) throw new Error("three were asked for");
    return { authority, etcd, client, gateway, more };
}

/** What Node's TLS takes of it. */
export const tlsFiles = ({ certificate, key, authority }: Certificate) => ({ ca: authority, cert: certificate, key });

/** A folder as a Secret's volume. */
export function folderOf(at: string, certificate: Certificate): string {
    mkdirSync(at, { recursive: true });
    for (const [name, text] of Object.entries(secretData(certificate))) writeFileSync(join(at, name), text);
    return at;
}

/** A Secret as the API server gives it. */
export const secretOf = (certificate: Certificate, wanted: string[] = Object.values(keys)) => ({
    data: Object.fromEntries(
        Object.entries(secretData(certificate))
            .filter(([key]) => wanted.includes(key))
            .map(([key, text]) => [key, Buffer.from(text).toString("base64")]),
    ),
});
