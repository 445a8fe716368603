import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openApi } from "../../../operations/access/kubernetes.ts";
import { type LoginOptions, loginOf } from "../../../operations/access/login.ts";
import { KubeConfig } from "../../../support/kubernetes-client.ts";

const credentials = JSON.stringify({
    apiVersion: "client.authentication.k8s.io/v1",
    kind: "ExecCredential",
    status: { token: "of-the-plugin" },
});

describe("a kubeconfig whose user is known by a plugin", () => {
    const folder = mkdtempSync(join(tmpdir(), "m3perf-login-"));
    const starts = join(folder, "starts");
    let server: Server;
    before(async () => {
        server = createServer((request, response) => void response.end(request.headers.authorization)).listen(
            0,
            "127.0.0.1",
        );
        await once(server, "listening");
    });
    after(() => {
        server.close().closeAllConnections();
        rmSync(folder, { recursive: true });
    });
    beforeEach(() => writeFileSync(starts, ""));

    /** The plugin is a shell script: it notes its process, and goes on with `script`. */
    const kubeconfig = (script: string) => ({
        "current-context": "a",
        contexts: [{ name: "a", context: { cluster: "a", user: "a" } }],
        clusters: [
            {
                name: "a",
                cluster: {
                    server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
                    "insecure-skip-tls-verify": true,
                },
            },
        ],
        users: [
            {
                name: "a",
                user: {
                    exec: {
                        apiVersion: "client.authentication.k8s.io/v1",
                        command: "env",
                        args: ["sh", "-c", `echo $$ >> ${starts}; ${script}`, "--client-secret=x"],
                    },
                },
            },
        ],
    });
    const processes = () => readFileSync(starts, "utf8").trim().split("\n").map(Number);
    const login = (script: string, options: LoginOptions) => {
        const config = new KubeConfig();
        config.loadFromString(JSON.stringify(kubeconfig(script)));
        return loginOf(config, options);
    };

    it("runs it once for calls that come together, and not again while its answer holds", async () => {
        const path = join(folder, "kubeconfig");
        writeFileSync(path, JSON.stringify(kubeconfig(`echo '${credentials}'`)));
        const call = await openApi(path, null);
        const answers = await Promise.all(Array.from({ length: 12 }, () => call("/version")));
        answers.push(await call("/version"));
        for (const { body } of answers) assert.equal(body, "Bearer of-the-plugin");
        assert.equal(processes().length, 1);
    });

    it("says after a while which one it waits for and what that says, without the secrets among its options", async () => {
        const told: string[] = [];
        const heard = Promise.withResolvers<void>();
        const tell = (text: string) => {
            told.push(text);
            if (told.join("").includes("code ABC")) heard.resolve();
        };
        // It ends when it has been heard, as a person's log-in does.
        const go = join(folder, "go");
        const script = `echo 'code ABC' >&2; until [ -e ${go} ]; do sleep 0.05; done; echo '${credentials}'`;
        const options = login(script, { patience: 0.2, tell })();
        await heard.promise;
        writeFileSync(go, "");
        assert.deepEqual((await options).headers, { Authorization: "Bearer of-the-plugin" });
        assert.equal(
            told.join(""),
            `waiting for credentials of the kubeconfig's plugin "env sh", 60 s at most\ncode ABC\n`,
        );
    });

    it("ends one that waits for somebody who does not come", async () => {
        const ask = login("echo 'open https://login' >&2; exec sleep 60", { limit: 1.5, tell: () => {} });
        const [one, other] = await Promise.allSettled([ask(), ask()]);
        assert.ok(one.status === "rejected" && other.status === "rejected");
        assert.equal(one.reason, other.reason);
        assert.match(
            String(one.reason.message),
            /^the kubeconfig's plugin "env sh" gave no credentials within 1.5 s\n {2}open https:\/\/login\n.*log in with it first/,
        );
        const [child = 0, ...more] = processes();
        assert.deepEqual(more, []);
        assert.throws(() => process.kill(child, 0), /ESRCH/);
    });

    it("tells what one said that failed, and asks it again the next time", async () => {
        const ask = login("echo 'token has expired' >&2; exit 3", {});
        for (const _ of [1, 2])
            await assert.rejects(ask(), /plugin "env sh" gave no credentials\n {2}token has expired\n/);
        assert.equal(processes().length, 2);
    });
});
