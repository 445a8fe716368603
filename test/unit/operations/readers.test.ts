/** What becomes of a command whose readers go before it: real processes, their pipes closed at one end. */
import assert from "node:assert/strict";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { isReaderGone } from "../../../operations/cli/readers.ts";
import { projectRoot } from "../../../support/paths.ts";
import { waitFor } from "../../../support/wait.ts";
import { environment } from "./healthy.ts";

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/** A Pulumi that works on until it has saved its state, if it can still write; and that knows an environment. */
const pulumi = `#!/bin/sh
case "$1 $2" in
"stack select") exit 0 ;;
"stack output") exec cat "$0.output" ;;
esac
: >"$0.begun"
tries=0
until [ -e "$0.go" ] || [ $tries -gt 600 ]; do sleep 0.05; tries=$((tries + 1)); done
for line in 1 2 3 4 5 6 7 8 9 10; do
    echo '{"diagnosticEvent":{"message":"still at work","severity":"warning"}}'
    sleep 0.05
done
: >"$0.saved"
echo '{"summaryEvent":{"durationSeconds":1,"resourceChanges":{"create":3}}}'
`;

describe("a command whose reader has gone", function () {
    this.timeout(60_000);
    let folder = "";
    const file = (name: string) => join(folder, name);
    beforeEach(async () => {
        folder = await mkdtemp(join(tmpdir(), "m3perf-readers-"));
        await writeFile(file("pulumi"), pulumi, { mode: 0o755 });
    });
    afterEach(() => rm(folder, { recursive: true }));

    function m3perf(...words: string[]): Child {
        const env = { ...process.env, PATH: `${folder}:${process.env.PATH}`, M3PERF_STATE: folder, M3PERF_CWD: folder };
        return spawn(process.execPath, ["operations/cli/main.ts", ...words], { cwd: projectRoot, env, stdio: "pipe" });
    }
    const codeOf = async (child: Child) => (await once(child, "close"))[0] as number | null;
    const ofSite = ["--stack", "dev", "--site", join(projectRoot, "sites/reference.yaml")];

    it("goes on, and lets Pulumi come to its end, when nobody reads standard error any more", async () => {
        const child = m3perf("preview", ...ofSite);
        const ended = codeOf(child);
        const told = text(child.stdout);
        await waitFor({ what: "the engine", timeout: 30, every: 0.02 }, () => existsSync(file("pulumi.begun")));
        child.stderr.destroy();
        await writeFile(file("pulumi.go"), "");
        assert.equal(await ended, 0);
        assert.equal(await told, "Would change: 3 created.\n");
        assert.ok(existsSync(file("pulumi.saved")), "Pulumi died of a broken pipe");
    });

    it("has its own exit code when nobody reads standard output any more, and takes a socket as standard input", async () => {
        const pod = { containers: [{ name: "one", image: "host/one:v1", securityContext: { privileged: true } }] };
        const inputs = { kind: "Deployment", metadata: { name: "one" }, spec: { template: { spec: pod } } };
        const step = { op: "create", urn: "urn:one", newState: { type: "kubernetes:apps/v1:Deployment", inputs } };
        const child = m3perf("policy", "--file", "-");
        const ended = codeOf(child);
        const said = text(child.stderr);
        child.stdout.destroy();
        child.stdin.end(JSON.stringify({ steps: [step] }));
        assert.deepEqual([await ended, await said], [1, ""]);
    });

    it("is no fault of a full disk, and a terminal that is closed is one that has gone", () => {
        const of = (code: string, terminal: boolean) =>
            isReaderGone(Object.assign(new Error(code), { code }), terminal);
        assert.deepEqual([of("EPIPE", false), of("EIO", true)], [true, true]);
        assert.deepEqual([of("ENOSPC", false), of("EIO", false)], [false, false]);
    });

    describe("on a cluster with one stopped kubelet", () => {
        let server: Server;
        before(async () => {
            server = createServer((request, response) => {
                const { pathname, searchParams } = new URL(request.url ?? "/", "http://cluster");
                const pod = /\/pods\/([^/]+)\/log$/.exec(pathname)?.[1];
                if (pod === "etcd-1") {
                    const message = 'Get "https://10.0.0.3:10250/": connection refused';
                    response.writeHead(500).end(JSON.stringify({ kind: "Status", message }));
                } else if (pod !== undefined) {
                    const line = () => response.write(`${new Date().toISOString()} from ${pod}\n`);
                    line();
                    if (!searchParams.has("follow")) return response.end();
                    const timer = setInterval(line, 20);
                    response.on("close", () => clearInterval(timer));
                } else if (pathname.endsWith("/pods")) {
                    const items = ["etcd-0", "etcd-1"].map((name) => ({
                        metadata: { name, uid: name },
                        spec: { containers: [{ name: "etcd" }] },
                    }));
                    response.end(JSON.stringify({ items }));
                } else response.end("ok");
            });
            await once(server.listen(0, "127.0.0.1"), "listening");
        });
        after(() => {
            server.closeAllConnections();
            server.close();
        });
        beforeEach(async () => {
            const { port } = server.address() as AddressInfo;
            const cluster = { server: `http://127.0.0.1:${port}`, "insecure-skip-tls-verify": true };
            const kubeconfig = {
                ...{ apiVersion: "v1", kind: "Config", "current-context": "one" },
                clusters: [{ name: "one", cluster }],
                users: [{ name: "one", user: { token: "t" } }],
                contexts: [{ name: "one", context: { cluster: "one", user: "one" } }],
            };
            await writeFile(file("kubeconfig"), JSON.stringify(kubeconfig));
            const own = { environment: { ...environment, kubeconfig: file("kubeconfig") } };
            await writeFile(file("pulumi.output"), JSON.stringify(own));
        });

        it("logs shows the others, names the silent one, and ends with 1", async () => {
            const child = m3perf("logs", "etcd", ...ofSite);
            const [shown, said, code] = await Promise.all([text(child.stdout), text(child.stderr), codeOf(child)]);
            assert.match(shown, /^\S+ etcd-0 from etcd-0\n$/);
            assert.match(said, /^the log of etcd-1 answered 500: Get ".*": connection refused\n$/);
            assert.equal(code, 1);
        });

        for (const words of [
            ["logs", "etcd", "--follow"],
            ["watch", "--interval", "1s"],
        ]) {
            it(`${words.join(" ")} ends, since what it shows is gone`, async () => {
                const child = m3perf(...words, ...ofSite);
                const ended = codeOf(child);
                child.stderr.resume();
                await once(child.stdout, "data");
                child.stdout.destroy();
                assert.equal(await ended, 0);
            });
        }
    });
});
