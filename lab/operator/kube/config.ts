import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { parse } from "yaml";

/** How to reach the API server. Holds secrets: never logged. */
export interface KubeConfig {
    server: URL;
    ca?: string | Buffer;
    cert?: string | Buffer;
    key?: string | Buffer;
    insecure?: boolean;
    /** The bearer token of now, if any: a ServiceAccount's token file is renewed while the process runs. */
    token(): Promise<string | undefined>;
}

const serviceAccount = "/var/run/secrets/kubernetes.io/serviceaccount";

/** The pod's own ServiceAccount. Throws outside a cluster. */
export async function inClusterConfig(env: NodeJS.ProcessEnv = process.env): Promise<KubeConfig> {
    const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = "443" } = env;
    if (!host) {
        throw new Error("not in a cluster (KUBERNETES_SERVICE_HOST is not set): give -kubecfg-file or KUBECONFIG");
    }
    return {
        server: new URL(`https://${host.includes(":") ? `[${host}]` : host}:${port}`),
        ca: await readFile(`${serviceAccount}/ca.crt`),
        token: tokenFile(`${serviceAccount}/token`),
    };
}

function tokenFile(path: string): () => Promise<string> {
    let token = "";
    let read = Number.NEGATIVE_INFINITY;
    return async () => {
        if (performance.now() - read > 60_000) {
            token = (await readFile(path, "utf8")).trim();
            read = performance.now();
        }
        return token;
    };
}

interface KubeConfigFile {
    "current-context"?: string;
    contexts?: { name: string; context: { cluster: string; user: string } }[];
    clusters?: { name: string; cluster: Record<string, string | boolean | undefined> }[];
    users?: { name: string; user: Record<string, unknown> }[];
}

/** The current context of a kubeconfig file: certificates or tokens; no `exec` plugins. */
export async function fileConfig(path: string): Promise<KubeConfig> {
    const file = parse(await readFile(path, "utf8")) as KubeConfigFile;
    const context = file.contexts?.find(({ name }) => name === file["current-context"])?.context;
    const cluster = file.clusters?.find(({ name }) => name === context?.cluster)?.cluster;
    const user = file.users?.find(({ name }) => name === context?.user)?.user ?? {};
    if (!cluster?.server) throw new Error(`${path}: its current context "${file["current-context"]}" has no server`);
    if (user.exec) throw new Error(`${path}: exec plugins are not supported here; use a token or a client certificate`);

    const read = async (from: Record<string, unknown>, field: string): Promise<Buffer | undefined> => {
        const data = from[`${field}-data`];
        if (typeof data === "string") return Buffer.from(data, "base64");
        const name = from[field];
        return typeof name === "string" ? readFile(resolve(dirname(path), name)) : undefined;
    };
    const ca = await read(cluster, "certificate-authority");
    const cert = await read(user, "client-certificate");
    const key = await read(user, "client-key");
    const fixed = typeof user.token === "string" ? user.token : undefined;
    return {
        server: new URL(String(cluster.server)),
        ...(ca && { ca }),
        ...(cert && { cert }),
        ...(key && { key }),
        ...(cluster["insecure-skip-tls-verify"] === true && { insecure: true }),
        token: typeof user.tokenFile === "string" ? tokenFile(user.tokenFile) : async () => fixed,
    };
}
