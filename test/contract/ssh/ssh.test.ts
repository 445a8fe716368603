import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import ssh2 from "ssh2";
import { readTarget } from "../../../settings/read-target.ts";
import { openSsh, SshError, type SshSession } from "../../../support/ssh.ts";
import type { SshTarget } from "../../../support/ssh-target.ts";
import { ed25519Pair } from "../../support/ssh-keys.ts";
import { type SshServer, sshServer } from "../../support/sshd.ts";

const kindOf = async (work: Promise<unknown>): Promise<string> => {
    try {
        await work;
    } catch (error) {
        assert.ok(error instanceof SshError, String(error));
        return error.kind;
    }
    assert.fail("nothing was thrown");
};

describe("ssh client (a real sshd on 127.0.0.1)", function () {
    this.timeout(60_000);
    let server: SshServer;
    let behind: SshServer;
    let session: SshSession;
    const hop = ({ port, user, privateKey, hostKey }: SshServer) => ({
        host: "127.0.0.1",
        port,
        user,
        privateKey,
        hostKey,
    });
    const target = (more: Partial<SshTarget> = {}): SshTarget => ({ ...hop(server), jump: null, ...more });
    before(async () => {
        server = await sshServer();
        behind = await sshServer(["AllowTcpForwarding no"]);
        await Promise.all([server.start(), behind.start()]);
        session = await openSsh(target(), { timeout: 20 });
    });
    after(async () => {
        await session?.close();
        await server?.remove();
        await behind?.remove();
    });

    it("runs scripts by /bin/sh: code, both outputs, lines as they come, standard input", async () => {
        const lines: string[] = [];
        const script = `read first; echo "it's $first"; echo aside >&2; printf 'ends änd'; exit 7`;
        const onLine = (line: string) => lines.push(line);
        const result = await session.exec(script, { timeout: 20, stdin: "here\n", onLine });
        assert.deepEqual(result, { code: 7, stdout: "it's here\nends änd", stderr: "aside\n" });
        assert.deepEqual(lines.sort(), ["aside", "ends änd", "it's here"]);
        const talk = new PassThrough();
        const answer = (line: string) => (line === "two" ? talk.end() : talk.write("two\n"));
        const echo = await session.exec("echo one; cat", { timeout: 20, stdin: talk, onLine: answer });
        assert.equal(echo.stdout, "one\ntwo\n");
        const killed = await session.exec("kill -KILL $$", { timeout: 20 });
        assert.equal(killed.code, 137);
    });

    it("several at once, long output whole, and as root", async () => {
        const [count, ...ids] = await Promise.all([
            session.exec("seq 200000", { timeout: 30 }),
            session.exec("id -u", { timeout: 20, root: true }),
            session.exec("id -u", { timeout: 20 }),
        ]);
        assert.equal(count.stdout.split("\n").length, 200_001);
        for (const { stdout } of ids) assert.equal(stdout, "0\n");
    });

    it("leaves a command that takes too long or is no longer wanted, and goes on with the next", async () => {
        assert.equal(await kindOf(session.exec("sleep 10", { timeout: 0.3 })), "limit");
        const controller = new AbortController();
        const running = session.exec("sleep 10", { timeout: 60, signal: controller.signal });
        setTimeout(() => controller.abort(new Error("enough")), 100);
        await assert.rejects(running, /enough/);
        assert.equal((await session.exec("echo on", { timeout: 20 })).stdout, "on\n");
    });

    it("refuses another host key, and one of a type that the host does not have", async () => {
        const other = ed25519Pair().public;
        assert.equal(await kindOf(openSsh(target({ hostKey: other }), { timeout: 20 })), "hostKey");
        const ecdsa = ssh2.utils.generateKeyPairSync("ecdsa", { bits: 256 }).public;
        assert.equal(await kindOf(openSsh(target({ hostKey: ecdsa }), { timeout: 20 })), "hostKey");
    });

    it("says when its own key or the user is not accepted", async () => {
        const { private: privateKey } = ed25519Pair();
        assert.equal(await kindOf(openSsh(target({ privateKey }), { timeout: 20 })), "key");
        assert.equal(await kindOf(openSsh(target({ user: "nobody-here" }), { timeout: 20 })), "key");
    });

    it("goes through a jump host, each with its own keys", async () => {
        const through = await openSsh({ ...hop(behind), jump: hop(server) }, { timeout: 20 });
        try {
            const { stdout } = await through.exec("echo $SSH_CONNECTION", { timeout: 20 });
            assert.match(stdout, new RegExp(` ${behind.port}\n$`));
        } finally {
            await through.close();
        }
        await assert.rejects(through.exec("true", { timeout: 20 }), /is gone/);
    });

    it("tells the jump host's faults from those behind it", async () => {
        const { private: privateKey } = ed25519Pair();
        const open = (to: Omit<SshTarget, "jump">, by: Omit<SshTarget, "jump">) =>
            kindOf(openSsh({ ...to, jump: by }, { timeout: 20 }));
        assert.equal(await open(hop(behind), { ...hop(server), privateKey }), "jump");
        assert.equal(await open(hop(server), hop(behind)), "jump", "it forwards nothing");
        assert.equal(await open({ ...hop(behind), privateKey }, hop(server)), "key");
        assert.equal(await open({ ...hop(behind), hostKey: server.hostKey }, hop(server)), "hostKey");
        assert.equal(await open({ ...hop(behind), port: 1 }, hop(server)), "refused");
    });

    it("notices a connection that breaks while a command runs", async () => {
        const doomed = await openSsh(target(), { timeout: 20 });
        // The parent of the shell is this connection's own sshd process.
        assert.equal(await kindOf(doomed.exec("kill -KILL $PPID; sleep 5", { timeout: 20 })), "lost");
        assert.equal(await kindOf(doomed.exec("true", { timeout: 20 })), "lost");
        await doomed.close();
    });

    it("notices a host that says nothing any more", async () => {
        const silent = await openSsh(target(), { timeout: 20, silence: 1.5 });
        const { stdout } = await silent.exec("echo $PPID", { timeout: 20 });
        const sshd = Number(stdout);
        assert.ok(sshd > 1);
        process.kill(sshd, "SIGSTOP");
        try {
            const start = performance.now();
            assert.equal(await kindOf(silent.exec("true", { timeout: 50 })), "lost");
            assert.ok(performance.now() - start < 20_000);
        } finally {
            process.kill(sshd, "SIGKILL");
        }
        await silent.close();
    });

    it("reads its keys from the files that the site names, or takes the stack's", async () => {
        const dir = mkdtempSync(join(tmpdir(), "m3perf-ssh-"));
        try {
            const file = join(dir, "key");
            writeFileSync(file, server.privateKey, { mode: 0o600 });
            const { privateKey: _, ...there } = hop(server);
            const access = (privateKeyFile: string | null) => ({ ...there, privateKeyFile, jump: null });
            for (const read of [readTarget(access(file)), readTarget(access(null), server.privateKey.trim())]) {
                const opened = await openSsh(read, { timeout: 20 });
                assert.equal((await opened.exec("echo in", { timeout: 20 })).stdout, "in\n");
                await opened.close();
            }
            assert.throws(() => readTarget(access(null)), /there is no private key.*\n.*m3perf:sshPrivateKey/);
            assert.throws(() => readTarget(access(join(dir, "none"))), new RegExp(`cannot be read\n +${dir}/none`));
            execFileSync("ssh-keygen", ["-q", "-p", "-P", "", "-N", "hunter22", "-f", file]);
            chmodSync(file, 0o600);
            assert.throws(() => readTarget(access(file)), new RegExp(`${file} is encrypted`));
        } finally {
            rmSync(dir, { recursive: true });
        }
    });
});
