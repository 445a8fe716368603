import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KubeClient, KubeError } from "../../../lab/operator/kube/client.ts";
import { fileConfig, inClusterConfig } from "../../../lab/operator/kube/config.ts";
import { watch } from "../../../lab/operator/kube/watch.ts";
import { silent } from "../../../lab/operator/log.ts";
import { waitFor } from "../../../support/wait.ts";

let server: Server | undefined;

async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<KubeClient> {
    server = createServer(answer);
    await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" && address ? address.port : 0;
    return new KubeClient({ server: new URL(`http://127.0.0.1:${port}/prefix`), token: async () => "secret" });
}

afterEach(async () => {
    server?.closeAllConnections();
    await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
    server = undefined;
});

const pod = (name: string, resourceVersion: string) => ({
    metadata: { name, namespace: "m3db", uid: `uid-${name}`, resourceVersion },
});

describe("operator: watching Kubernetes", () => {
    it("lists, watches, goes on after an end, lists anew when the version is too old, and misses no deletion", async () => {
        const seen: string[] = [];
        const lists = [
            { metadata: { resourceVersion: "5" }, items: [pod("a", "1"), pod("b", "2")] },
            { metadata: { resourceVersion: "20" }, items: [pod("a", "1"), pod("d", "19")] },
        ];
        const line = (type: string, object: object) => `${JSON.stringify({ type, object })}\n`;
        const watches = [
            // Cut in the middle of a line, then the server's own end.
            [line("MODIFIED", pod("a", "6")).slice(0, 20), line("MODIFIED", pod("a", "6")).slice(20)],
            [line("ADDED", pod("c", "8")), line("DELETED", pod("b", "9")), line("BOOKMARK", pod("", "15"))],
            [line("ERROR", { code: 410, reason: "Expired", message: "too old" })],
        ];
        const client = await serve((request, response) => {
            const url = new URL(request.url ?? "", "http://x");
            assert.equal(url.pathname, "/prefix/api/v1/pods");
            assert.equal(url.searchParams.get("labelSelector"), "operator.m3db.io/cluster");
            assert.equal(request.headers.authorization, "Bearer secret");
            if (!url.searchParams.has("watch")) {
                seen.push("list");
                response.end(JSON.stringify(lists.shift() ?? {}));
                return;
            }
            seen.push(`watch ${url.searchParams.get("resourceVersion")}`);
            const chunks = watches.shift();
            if (!chunks) return; // stays open
            for (const chunk of chunks) response.write(chunk);
            response.end();
        });
        const stopping = new AbortController();
        const running = watch(client, {
            kind: "pods",
            existing: ["operator.m3db.io/cluster"],
            onChange: ({ metadata }, change) => seen.push(`${change} ${metadata.name}`),
            onSynced: () => seen.push("synced"),
            signal: stopping.signal,
            log: silent,
        });
        await waitFor({ what: "the last watch", timeout: 5, every: 0.02 }, () => seen.includes("watch 20"));
        stopping.abort();
        await running;
        assert.deepEqual(seen, [
            "list",
            "added a",
            "added b",
            "synced",
            "watch 5",
            "modified a",
            "watch 6",
            "added c",
            "deleted b",
            "watch 15",
            "list",
            "deleted c",
            "modified a",
            "added d",
            "watch 20",
        ]);
    });

    it("tries again when the API server does not answer well", async () => {
        let requests = 0;
        let synced = false;
        const client = await serve((_, response) => {
            requests += 1;
            if (requests === 1) response.writeHead(500).end("{}");
            else if (requests === 2) response.end(JSON.stringify({ metadata: { resourceVersion: "1" }, items: [] }));
        });
        const stopping = new AbortController();
        const onSynced = () => {
            synced = true;
        };
        const running = watch(client, {
            kind: "pods",
            onChange: () => {},
            onSynced,
            signal: stopping.signal,
            log: silent,
        });
        await waitFor({ what: "the second list", timeout: 5, every: 0.05 }, () => synced);
        stopping.abort();
        await running;
    });

    it("errors carry Kubernetes' reason; only a missing object is undefined", async () => {
        const client = await serve((request, response) => {
            const missing = request.url?.includes("/missing");
            const status = { reason: missing ? "NotFound" : "Conflict", message: "the object has been modified" };
            response.writeHead(missing ? 404 : 409).end(JSON.stringify(status));
        });
        assert.equal(await client.get("pods", "m3db", "missing"), undefined);
        await assert.rejects(client.patch("pods", "m3db", "x", {}), (error: KubeError) => {
            assert.ok(error instanceof KubeError);
            assert.equal(error.status, 409);
            assert.equal(error.reason, "Conflict");
            assert.match(error.message, /PATCH .*\/namespaces\/m3db\/pods\/x.*: the object has been modified/);
            return true;
        });
        await assert.rejects(client.delete("pods", "m3db", "missing"), /NotFound|modified/);
    });
});

describe("operator: how it finds the API server", () => {
    it("a kubeconfig's current context, with files beside it", async () => {
        const dir = mkdtempSync(join(tmpdir(), "m3perf-kubeconfig-"));
        try {
            writeFileSync(join(dir, "ca.crt"), "the authority");
            const file = (user: object) => {
                writeFileSync(
                    join(dir, "config"),
                    JSON.stringify({
                        "current-context": "two",
                        contexts: [
                            { name: "one", context: { cluster: "none", user: "none" } },
                            { name: "two", context: { cluster: "c", user: "u" } },
                        ],
                        clusters: [
                            { name: "c", cluster: { server: "https://h:6443", "certificate-authority": "ca.crt" } },
                        ],
                        users: [{ name: "u", user }],
                    }),
                );
                return fileConfig(join(dir, "config"));
            };
            const data = (text: string) => Buffer.from(text).toString("base64");
            const config = await file({ "client-certificate-data": data("cert"), "client-key-data": data("key") });
            assert.equal(config.server.href, "https://h:6443/");
            assert.deepEqual([config.ca, config.cert, config.key].map(String), ["the authority", "cert", "key"]);
            assert.equal(await config.token(), undefined);
            assert.equal(await (await file({ token: "t" })).token(), "t");
            await assert.rejects(file({ exec: { command: "aws" } }), /exec plugins are not supported/);
        } finally {
            rmSync(dir, { recursive: true });
        }
    });

    it("outside a cluster it says what to do", async () => {
        await assert.rejects(inClusterConfig({}), /give -kubecfg-file or KUBECONFIG/);
    });
});
