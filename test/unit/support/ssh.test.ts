import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createServer, type Server, type Socket } from "node:net";
import ssh2 from "ssh2";
import { UserError } from "../../../support/errors.ts";
import { openSsh, type SshError } from "../../../support/ssh.ts";
import { addressOf, connectFault, forwardFault, jumpFault } from "../../../support/ssh-error.ts";
import { remoteCommand } from "../../../support/ssh-exec.ts";
import { HostKeyError, hostKeyAlgorithms, hostKeyParts, hostKeyProblem } from "../../../support/ssh-host-key.ts";
import { privateKeyProblem } from "../../../support/ssh-private-key.ts";
import type { SshTarget } from "../../../support/ssh-target.ts";
import { ed25519Pair } from "../../support/ssh-keys.ts";

const pair = ed25519Pair();
const target = (more: Partial<SshTarget> = {}): SshTarget => ({
    host: "127.0.0.1",
    port: 1,
    user: "ann",
    privateKey: pair.private,
    hostKey: pair.public,
    jump: null,
    ...more,
});
const ofKind = (kind: SshError["kind"], pattern: RegExp) => (error: unknown) => {
    assert.ok(error instanceof UserError);
    assert.equal((error as SshError).kind, kind);
    assert.match(error.message, pattern);
    return true;
};

describe("ssh: host keys", () => {
    it("are compared by their bytes, whatever surrounds them", () => {
        const key = Buffer.from("some key");
        const text = `ssh-ed25519 ${key.toString("base64")}`;
        for (const line of [text, `${text} root@host`, `10.0.0.1,host ${text}\n`]) {
            assert.deepEqual(hostKeyParts(line), { type: "ssh-ed25519", key });
            assert.equal(hostKeyProblem(line, key), undefined);
            assert.match(hostKeyProblem(line, Buffer.from("other key"))?.message ?? "", /host key/);
        }
        assert.equal(hostKeyProblem(undefined, key), undefined, "none expected");
        assert.throws(() => hostKeyParts("AAAA"), HostKeyError);
    });

    it("are asked for by their own type, RSA with today's signatures first", () => {
        assert.deepEqual(hostKeyAlgorithms("ssh-ed25519"), ["ssh-ed25519"]);
        assert.deepEqual(hostKeyAlgorithms("ssh-rsa"), ["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"]);
    });

    it("must be given", async () => {
        for (const hostKey of ["", "  "])
            await assert.rejects(openSsh(target({ hostKey }), { timeout: 1 }), /no host key is given for ann@127/);
    });
});

describe("ssh: private keys", () => {
    it("are taken in OpenSSH's and PEM's format, with or without the last line's end", () => {
        const pem = ssh2.utils.generateKeyPairSync("ecdsa", { bits: 256 }).private;
        for (const key of [pair.private, pair.private.trim(), pair.private.replaceAll("\n", "\r\n"), pem])
            assert.equal(privateKeyProblem(key), undefined);
    });

    it("that are none, encrypted or public are told apart, and nothing of them is repeated", () => {
        const sealed = ssh2.utils.generateKeyPairSync("ed25519", { passphrase: "x", cipher: "aes256-cbc", rounds: 1 });
        assert.match(privateKeyProblem(sealed.private) ?? "", /^is encrypted with a passphrase/);
        assert.match(privateKeyProblem(pair.public) ?? "", /^is a public key/);
        for (const junk of ["", "secret words", pair.private.slice(0, 60)]) {
            const problem = privateKeyProblem(junk) ?? "";
            assert.match(problem, /^is no private key/);
            assert.ok(!problem.includes("secret words"));
        }
    });

    it("stop a connection before it is made", async () => {
        await assert.rejects(openSsh(target({ privateKey: "nothing" }), { timeout: 1 }), /is no private key/);
    });
});

describe("ssh: a script on its way", () => {
    it("reaches /bin/sh as it is, whatever quotes it has", () => {
        const script = `echo 'it'"'"'s' "$((1 + 1))"\necho \\'`;
        const out = execFileSync("bash", ["-c", remoteCommand(script)], { encoding: "utf8" });
        assert.equal(out, "it's 2\n'\n");
    });

    it("goes through sudo where it must", () => {
        assert.equal(remoteCommand("id", true), "sudo -n /bin/sh -c 'id'");
    });
});

describe("ssh: faults", () => {
    const fault = (error: object) => connectFault(Object.assign(new Error("told"), error), "ann@h:22");

    it("are told apart by what ssh2 and the socket say", () => {
        const cases: [object, string][] = [
            [{ code: "ECONNREFUSED" }, "refused"],
            [{ code: "ETIMEDOUT" }, "timeout"],
            [{ code: "EHOSTUNREACH" }, "unreachable"],
            [{ code: "ENOTFOUND", level: "client-dns" }, "unreachable"],
            [{ code: "ECONNRESET" }, "unreachable"],
            [{ level: "client-authentication" }, "key"],
            [{ level: "handshake", message: "Handshake failed: no matching host key format" }, "hostKey"],
            [{ level: "handshake", message: "Handshake failed: no matching C->S cipher" }, "protocol"],
        ];
        for (const [error, kind] of cases) assert.equal(fault(error).kind, kind, JSON.stringify(error));
        assert.equal(connectFault(new HostKeyError("other"), "h").kind, "hostKey");
    });

    it("of a jump host keep their cause, and those behind it are told apart from its own", () => {
        const inner = fault({ code: "ECONNREFUSED" });
        const outer = jumpFault(inner, "ann@inner:22");
        assert.equal(outer.kind, "jump");
        assert.equal(outer.cause, inner);
        assert.match(
            outer.message,
            /^ann@inner:22: the jump host ann@h:22 refuses the connection\n {2}nothing listens/,
        );
        const behind = (message: string, reason: number) =>
            forwardFault(Object.assign(new Error(message), { reason }), "ann@inner:22").kind;
        assert.equal(behind("(SSH) Channel open failure: open failed", 1), "jump");
        assert.equal(behind("(SSH) Channel open failure: Connection refused", 2), "refused");
        assert.equal(behind("(SSH) Channel open failure: Connection timed out", 2), "timeout");
        assert.equal(behind("(SSH) Channel open failure: No route to host", 2), "unreachable");
    });

    it("name the host, IPv6 in brackets", () => {
        assert.equal(addressOf({ user: "a", host: "::1", port: 22 }), "a@[::1]:22");
    });
});

describe("ssh: a host that does not answer as it should", () => {
    const servers: { server: Server; sockets: Socket[] }[] = [];
    const listen = (answer: (socket: Socket) => void): Promise<number> =>
        new Promise((resolve, reject) => {
            const sockets: Socket[] = [];
            const server = createServer((socket) => {
                sockets.push(socket.on("error", () => {}));
                answer(socket);
            });
            servers.push({ server, sockets });
            server.on("error", reject).listen(0, "127.0.0.1", () => {
                const address = server.address();
                resolve(typeof address === "object" && address ? address.port : 0);
            });
        });
    afterEach(async () => {
        for (const { server, sockets } of servers.splice(0)) {
            for (const socket of sockets) socket.destroy();
            await new Promise((resolve) => server.close(resolve));
        }
    });

    it("refuses: nothing listens", async () => {
        const port = await listen(() => {});
        await new Promise((resolve) => servers.splice(0)[0]?.server.close(resolve));
        await assert.rejects(openSsh(target({ port }), { timeout: 5 }), ofKind("refused", /refuses the connection/));
    });

    it("says nothing: the limit holds", async () => {
        const port = await listen(() => {});
        const start = performance.now();
        await assert.rejects(openSsh(target({ port }), { timeout: 0.2 }), ofKind("timeout", /within 0.2 s/));
        assert.ok(performance.now() - start < 3000);
    });

    it("hangs up at once, as a forwarded port of a machine that is off does", async () => {
        const port = await listen((socket) => socket.end());
        await assert.rejects(openSsh(target({ port }), { timeout: 5 }), ofKind("unreachable", /hangs up|ECONNRESET/));
    });

    it("speaks something else", async () => {
        const port = await listen((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
        await assert.rejects(openSsh(target({ port }), { timeout: 5 }), (error: SshError) => {
            assert.match(error.message, /does not speak SSH|cannot be reached/);
            return true;
        });
    });

    it("is left when the signal comes, before and while it is dialled", async () => {
        const port = await listen(() => {});
        const early = AbortSignal.abort(new Error("not at all"));
        await assert.rejects(openSsh(target({ port }), { timeout: 5, signal: early }), /not at all/);
        const late = new AbortController();
        const opening = openSsh(target({ port }), { timeout: 5, signal: late.signal });
        setTimeout(() => late.abort(new Error("enough")), 20);
        await assert.rejects(opening, /enough/);
    });

    it("as jump host: its fault is told as the jump host's", async () => {
        const port = await listen(() => {});
        const { jump: _, ...hop } = target({ port });
        const through = target({ host: "inner", jump: hop });
        await assert.rejects(
            openSsh(through, { timeout: 0.2 }),
            ofKind("jump", /ann@inner:1: the jump host ann@127.0.0.1:\d+ does not answer/),
        );
    });
});
