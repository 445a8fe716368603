import { generateKeyPairSync } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { run } from "../../support/exec.ts";
import { type AddressPlan, hostAddress } from "./addresses.ts";
import { writeSecret, writeWhole } from "./files.ts";
import type { LabHost } from "./hosts.ts";
import type { Layout } from "./layout.ts";
import { together } from "./together.ts";

/** One certificate signed by the lab's own authority. */
export interface CertificateRequest {
    name: string;
    /** "/O=system:nodes/CN=system:node:worker-1" */
    subject: string;
    /** Subject alternative names: "IP:10.77.0.11". */
    alternatives: string[];
}

/** Every certificate that the lab's control plane and nodes need; users and groups are Kubernetes' own names. */
export function certificateRequests(plan: AddressPlan, hosts: readonly LabHost[]): CertificateRequest[] {
    const local = ["IP:127.0.0.1"];
    const kubernetes = ["kubernetes", "kubernetes.default", "kubernetes.default.svc"];
    return [
        {
            name: "apiserver",
            subject: "/CN=kube-apiserver",
            alternatives: [
                ...[plan.controlPlane, plan.kubernetesService, "127.0.0.1"].map((address) => `IP:${address}`),
                ...[...kubernetes, "kubernetes.default.svc.cluster.local"].map((name) => `DNS:${name}`),
            ],
        },
        { name: "apiserver-kubelet", subject: "/O=system:masters/CN=apiserver-kubelet", alternatives: [] },
        { name: "front-proxy", subject: "/CN=front-proxy", alternatives: [] },
        { name: "admin", subject: "/O=system:masters/CN=admin", alternatives: [] },
        { name: "controller-manager", subject: "/CN=system:kube-controller-manager", alternatives: local },
        { name: "scheduler", subject: "/CN=system:kube-scheduler", alternatives: local },
        { name: "kube-proxy", subject: "/CN=system:kube-proxy", alternatives: [] },
        ...hosts.map(({ name, ordinal }) => ({
            name,
            subject: `/O=system:nodes/CN=system:node:${name}`,
            alternatives: [`IP:${hostAddress(plan, ordinal)}`, `DNS:${name}`],
        })),
    ];
}

/** Makes what is missing of the lab's keys and certificates; keys are 0600. */
export async function ensurePki(files: Layout, plan: AddressPlan, hosts: readonly LabHost[]): Promise<void> {
    await mkdir(files.pki, { recursive: true, mode: 0o700 });
    if (!existsSync(files.certificate("ca"))) {
        await writeSecret(files.key("ca"), ecKey());
        await signed(files.certificate("ca"), ["-key", files.key("ca"), "-subj", "/CN=m3perf lab"], {
            basicConstraints: "critical,CA:true",
            keyUsage: "critical,keyCertSign,cRLSign,digitalSignature",
        });
    }
    const known = await readFile(`${files.pki}/sa.pub`, "utf8").catch(() => "");
    // Empty after a power cut that came as it was written: nothing was signed with its other half yet.
    if (!known.includes("END PUBLIC KEY")) {
        const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
        await writeSecret(files.key("sa"), pair.privateKey.export({ type: "pkcs8", format: "pem" }));
        await writeWhole(`${files.pki}/sa.pub`, pair.publicKey.export({ type: "spki", format: "pem" }));
    }
    const missing = certificateRequests(plan, hosts).filter(({ name }) => !existsSync(files.certificate(name)));
    await together(
        undefined,
        missing.map(({ name, subject, alternatives }) => async () => {
            await writeSecret(files.key(name), ecKey());
            const authority = ["-CA", files.certificate("ca"), "-CAkey", files.key("ca")];
            await signed(files.certificate(name), [...authority, "-key", files.key(name), "-subj", subject], {
                basicConstraints: "critical,CA:false",
                keyUsage: "critical,digitalSignature",
                extendedKeyUsage: "clientAuth,serverAuth",
                ...(alternatives.length > 0 ? { subjectAltName: alternatives.join(",") } : {}),
            });
        }),
    );
    const server = `https://${plan.controlPlane}:6443`;
    const users = ["controller-manager", "scheduler", "kube-proxy", ...hosts.map(({ name }) => name)];
    for (const name of users) await writeSecret(files.componentKubeconfig(name), await kubeconfig(files, server, name));
    await writeSecret(files.kubeconfig, await kubeconfig(files, server, "admin"));
}

/** The certificate appears under its name only when it is whole. */
async function signed(path: string, args: string[], extensions: Record<string, string>): Promise<void> {
    const added = Object.entries(extensions).flatMap(([name, value]) => ["-addext", `${name}=${value}`]);
    const common = ["req", "-x509", "-new", "-sha256", "-days", "3650", "-config", "/dev/null"];
    const text = await run("openssl", [...common, ...args, ...added], { timeout: 60 });
    await writeSecret(path, text);
}

function ecKey(): string {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    return privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

/** Self-contained, so that a copy of it works anywhere on this machine. */
async function kubeconfig(files: Layout, server: string, name: string): Promise<string> {
    const data = async (path: string) => (await readFile(path)).toString("base64");
    return `${JSON.stringify(
        {
            apiVersion: "v1",
            kind: "Config",
            clusters: [
                {
                    name: "m3perf",
                    cluster: { server, "certificate-authority-data": await data(files.certificate("ca")) },
                },
            ],
            users: [
                {
                    name,
                    user: {
                        "client-certificate-data": await data(files.certificate(name)),
                        "client-key-data": await data(files.key(name)),
                    },
                },
            ],
            contexts: [{ name: "m3perf", context: { cluster: "m3perf", user: name } }],
            "current-context": "m3perf",
        },
        null,
        2,
    )}\n`;
}
