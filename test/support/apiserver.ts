/**
 * A real Kubernetes API for tests: etcd, kube-apiserver and kube-controller-manager on 127.0.0.1, free ports, data in a
 * temporary folder. No kubelet and no scheduler: kubelets.ts plays their part through the API. About 4 s to start.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { waitFor } from "../../support/wait.ts";
import { binary } from "./binaries.ts";
import { bound } from "./bound.ts";

export interface ApiServer {
    /** Path of the administrator's kubeconfig. */
    kubeconfig: string;
    url: string;
    /** PEM of the server's certificate authority; a bearer token of group system:masters. */
    authority: string;
    token: string;
    /** One API call as administrator; answers with the parsed body whatever the status. */
    call<T = unknown>(method: string, path: string, body?: object, contentType?: string): Promise<Answer<T>>;
    /** Stops and starts kube-apiserver alone, to see what clients do without it. */
    pause(): Promise<void>;
    resume(): Promise<void>;
    stop(): Promise<void>;
}

export interface Answer<T> {
    status: number;
    body: T;
}

const started = new Set<ApiServer>();
let shared: Promise<ApiServer> | undefined;

/** One server for all test files of a run; `stopSharedApiServer` in a root hook, or the end of the process, ends it. */
export function sharedApiServer(): Promise<ApiServer> {
    shared ??= startApiServer();
    return shared;
}

export async function stopSharedApiServer(): Promise<void> {
    const server = await shared;
    shared = undefined;
    await server?.stop();
}

export async function startApiServer(): Promise<ApiServer> {
    const dir = mkdtempSync(join(tmpdir(), "m3perf-apiserver-"));
    const [clientPort, peerPort, port, managerPort] = await Promise.all([
        freePort(),
        freePort(),
        freePort(),
        freePort(),
    ]);
    const token = randomBytes(24).toString("hex");
    const managerToken = randomBytes(24).toString("hex");
    const keys = generateKeyPairSync("rsa", {
        modulusLength: 2048,
        publicKeyEncoding: { type: "spki", format: "pem" },
        privateKeyEncoding: { type: "pkcs8", format: "pem" },
    });
    const file = (name: string, content: string) => {
        writeFileSync(join(dir, name), content, { mode: 0o600 });
        return join(dir, name);
    };
    const tokens = file(
        "tokens.csv",
        `${token},admin,admin,system:masters\n${managerToken},system:kube-controller-manager,manager,system:masters\n`,
    );
    const privateKey = file("sa.key", keys.privateKey);
    const publicKey = file("sa.pub", keys.publicKey);

    const children: Child[] = [];
    const launch = (name: string, args: string[]) => {
        const child = startChild(binary(name), args, join(dir, `${name}.log`));
        children.push(child);
        return child;
    };
    const client = `http://127.0.0.1:${clientPort}`;
    const peer = `http://127.0.0.1:${peerPort}`;
    const url = `https://127.0.0.1:${port}`;
    const serve = () =>
        launch("kube-apiserver", [
            `--etcd-servers=${client}`,
            "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1",
            `--secure-port=${port}`,
            `--cert-dir=${join(dir, "certs")}`,
            `--token-auth-file=${tokens}`,
            "--authorization-mode=RBAC",
            "--service-cluster-ip-range=10.96.0.0/16",
            "--service-account-issuer=https://kubernetes.default.svc",
            `--service-account-key-file=${publicKey}`,
            `--service-account-signing-key-file=${privateKey}`,
            "--allow-privileged=true",
            "--profiling=false",
        ]);
    let authority = "";
    const call = <T>(method: string, path: string, body?: object, contentType?: string) =>
        callApi<T>({ url, authority, token }, method, path, body, contentType);
    const ready = (child: Child) =>
        waitFor({ what: `kube-apiserver to be ready (log in ${dir})`, timeout: 60 }, async () => {
            child.check();
            authority = readFileSync(join(dir, "certs", "apiserver.crt"), "utf8");
            return (await call("GET", "/readyz")).status === 200;
        });

    let api: Child;
    try {
        launch("etcd", [
            `--data-dir=${join(dir, "etcd")}`,
            `--listen-client-urls=${client}`,
            `--advertise-client-urls=${client}`,
            `--listen-peer-urls=${peer}`,
            `--initial-advertise-peer-urls=${peer}`,
            `--initial-cluster=default=${peer}`,
            "--unsafe-no-fsync",
        ]);
        api = serve();
        await ready(api);
        const kubeconfigOf = (name: string, user: string) => file(name, kubeconfig(url, authority, user));
        launch("kube-controller-manager", [
            `--kubeconfig=${kubeconfigOf("manager.kubeconfig", managerToken)}`,
            "--bind-address=127.0.0.1",
            `--secure-port=${managerPort}`,
            `--cert-dir=${join(dir, "certs-manager")}`,
            // Fake nodes renew no lease.
            "--controllers=*,-node-lifecycle-controller,-taint-eviction-controller,-token-cleaner-controller",
            `--service-account-private-key-file=${privateKey}`,
            "--use-service-account-credentials=false",
            "--leader-elect=false",
            "--profiling=false",
        ]);
        await waitFor({ what: "the default service account", timeout: 60 }, async () => {
            for (const child of children) child.check();
            return (await call("GET", "/api/v1/namespaces/default/serviceaccounts/default")).status === 200;
        });
    } catch (error) {
        await Promise.all(children.map((child) => child.stop()));
        throw error;
    }
    const server: ApiServer = {
        kubeconfig: file("admin.kubeconfig", kubeconfig(url, authority, token)),
        url,
        authority,
        token,
        call,
        pause: () => api.stop(),
        async resume() {
            api = serve();
            await ready(api);
        },
        async stop() {
            started.delete(server);
            for (const child of [...children].reverse()) await child.stop();
            rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
        },
    };
    started.add(server);
    return server;
}

export interface Child {
    /** Throws with the end of its log when it has ended. */
    check(): void;
    stop(): Promise<void>;
}

/** A process whose output goes to the end of a file. */
export function startChild(command: string, args: string[], log: string): Child {
    const child: ChildProcess = spawn(...bound(command, args), { stdio: ["ignore", "pipe", "pipe"] });
    const out = createWriteStream(log, { flags: "a" });
    child.stdout?.pipe(out, { end: false });
    child.stderr?.pipe(out, { end: false });
    const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
    const kill = () => child.kill("SIGKILL");
    void ended.then(() => out.end());
    return {
        check() {
            if (child.exitCode === null) return;
            throw new Error(`${command} ended with ${child.exitCode}:\n${readFileSync(log, "utf8").slice(-2000)}`);
        },
        async stop() {
            child.kill("SIGTERM");
            const timer = setTimeout(kill, 5000);
            await ended;
            clearTimeout(timer);
        },
    };
}

export function kubeconfig(url: string, authority: string, token: string): string {
    return JSON.stringify({
        apiVersion: "v1",
        kind: "Config",
        clusters: [
            {
                name: "test",
                cluster: { server: url, "certificate-authority-data": Buffer.from(authority).toString("base64") },
            },
        ],
        users: [{ name: "test", user: { token } }],
        contexts: [{ name: "test", context: { cluster: "test", user: "test" } }],
        "current-context": "test",
    });
}

function callApi<T>(
    server: { url: string; authority: string; token: string },
    method: string,
    path: string,
    body?: object,
    contentType = "application/json",
): Promise<Answer<T>> {
    return new Promise((resolve, reject) => {
        const headers: Record<string, string> = { authorization: `Bearer ${server.token}` };
        const payload = body && Buffer.from(JSON.stringify(body));
        if (payload) {
            headers["content-type"] = contentType;
            headers["content-length"] = String(payload.length); // Node sends none of itself with DELETE
        }
        const sent = request(
            `${server.url}${path}`,
            { method, ca: server.authority, headers, timeout: 10_000 },
            (got) => {
                let text = "";
                got.setEncoding("utf8")
                    .on("data", (chunk: string) => {
                        text += chunk;
                    })
                    .on("end", () => resolve({ status: got.statusCode ?? 0, body: parsed(text) as T }))
                    .on("error", reject);
            },
        );
        sent.on("timeout", () => sent.destroy(new Error(`${method} ${path}: no answer in 10 s`)));
        sent.on("error", reject);
        sent.end(payload);
    });
}

function parsed(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return text;
    }
}

export function freePort(): Promise<number> {
    return new Promise((resolve, reject) => {
        const server = createServer();
        server.on("error", reject);
        server.listen(0, "127.0.0.1", () => {
            const address = server.address();
            server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
        });
    });
}
