/** From a kubeconfig's cluster and user to TLS options and an Authorization header. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { UserError } from "../../../../support/errors.ts";
import type { ExecEntry, Target } from "./kubeconfig.ts";

export interface Tls {
    ca?: string;
    cert?: string;
    key?: string;
    rejectUnauthorized?: boolean;
    servername?: string;
}

export interface Credentials {
    tls: Tls;
    /** The Authorization header of now; credential plugins are asked again when theirs has expired. */
    authorization(): Promise<string | undefined>;
}

export async function credentialsOf(target: Target): Promise<Credentials> {
    const { cluster, user } = target;
    const tls: Tls = {};
    const ca = dataOrFile(cluster["certificate-authority-data"], cluster["certificate-authority"]);
    const cert = dataOrFile(user["client-certificate-data"], user["client-certificate"]);
    const key = dataOrFile(user["client-key-data"], user["client-key"]);
    if (ca) tls.ca = ca;
    if (cert) tls.cert = cert;
    if (key) tls.key = key;
    if (cluster["insecure-skip-tls-verify"]) tls.rejectUnauthorized = false;
    if (cluster["tls-server-name"]) tls.servername = cluster["tls-server-name"];
    if (cluster["proxy-url"]) throw unsupported(target, `proxy-url of cluster ${target.clusterName}`);
    if (user["auth-provider"]) throw unsupported(target, `auth-provider ${user["auth-provider"].name}`);

    if (user.exec) {
        const exec = user.exec;
        let current = await runExec(exec);
        if (current.cert) tls.cert = current.cert;
        if (current.key) tls.key = current.key;
        return {
            tls,
            async authorization() {
                if (current.expires !== undefined && current.expires - Date.now() < 30_000)
                    current = await runExec(exec);
                return current.token === undefined ? undefined : `Bearer ${current.token}`;
            },
        };
    }
    return {
        tls,
        async authorization() {
            // Service account tokens in files are rotated: read at each use.
            const token = user.tokenFile ? readFileSync(user.tokenFile, "utf8").trim() : user.token;
            if (token) return `Bearer ${token}`;
            if (user.username === undefined) return undefined;
            return `Basic ${Buffer.from(`${user.username}:${user.password ?? ""}`).toString("base64")}`;
        },
    };
}

function dataOrFile(data: string | undefined, path: string | undefined): string | undefined {
    if (data) return Buffer.from(data, "base64").toString("utf8");
    if (!path) return undefined;
    try {
        return readFileSync(path, "utf8");
    } catch (error) {
        throw new UserError("a file that the kubeconfig names cannot be read", {
            what: `${path}: ${(error as NodeJS.ErrnoException).code ?? "unreadable"}`,
        });
    }
}

function unsupported(target: Target, what: string): UserError {
    return new UserError("m3perf's substitute of the Kubernetes provider cannot use this kubeconfig", {
        what: `context ${target.context}: ${what} is not supported`,
        next: "use a token, a client certificate or an exec plugin, or install the official plugin",
    });
}

interface ExecResult {
    token?: string;
    cert?: string;
    key?: string;
    /** Milliseconds since the epoch. */
    expires?: number;
}

/** Runs a credential plugin (client.authentication.k8s.io), 60 s at most. Its output is never shown. */
function runExec(exec: ExecEntry): Promise<ExecResult> {
    const apiVersion = exec.apiVersion ?? "client.authentication.k8s.io/v1";
    const info = { apiVersion, kind: "ExecCredential", spec: { interactive: false } };
    const env = { ...process.env, KUBERNETES_EXEC_INFO: JSON.stringify(info) } as NodeJS.ProcessEnv;
    for (const { name, value } of exec.env ?? []) env[name] = value;
    return new Promise((resolve, reject) => {
        execFile(exec.command, exec.args ?? [], { env, timeout: 60_000 }, (error, stdout) => {
            if (error) {
                const why =
                    error.code === "ENOENT"
                        ? (exec.installHint ?? "the program was not found")
                        : `it failed (${error.code})`;
                reject(new UserError(`the kubeconfig's credential plugin ${exec.command} gave nothing`, { what: why }));
                return;
            }
            try {
                const status = (JSON.parse(stdout) as { status: Record<string, string> }).status;
                const result: ExecResult = {};
                if (status.token) result.token = status.token;
                if (status.clientCertificateData) result.cert = status.clientCertificateData;
                if (status.clientKeyData) result.key = status.clientKeyData;
                if (status.expirationTimestamp) result.expires = Date.parse(status.expirationTimestamp);
                resolve(result);
            } catch {
                reject(new UserError(`the credential plugin ${exec.command} did not print an ExecCredential`));
            }
        });
    });
}
