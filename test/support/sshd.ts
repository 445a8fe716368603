/** Debian's sshd on a free port of 127.0.0.1 with keys and configuration of its own, for tests of what goes over SSH. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { waitFor } from "../../support/wait.ts";
import { bound } from "./bound.ts";

export interface SshServer {
    port: number;
    user: string;
    /** The host's public key, as `hostKey` wants it. */
    hostKey: string;
    /** The private key that may log in. */
    privateKey: string;
    start(): Promise<void>;
    stop(): Promise<void>;
    /** Stops it and removes its folder. */
    remove(): Promise<void>;
    log(): string;
}

/**
 * Prepared, not started. Accepts environment variables that begin with LAB_ and those of the command provider. `settings`: lines
 * of sshd_config that come before its own, and so win.
 */
export async function sshServer(settings: string[] = []): Promise<SshServer> {
    const dir = mkdtempSync(join(tmpdir(), "m3perf-sshd-"));
    const port = await freePort();
    const key = (name: string) => {
        execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", join(dir, name)]);
        return {
            secret: readFileSync(join(dir, name), "utf8"),
            shared: readFileSync(join(dir, `${name}.pub`), "utf8"),
        };
    };
    const host = key("host");
    const login = key("login");
    writeFileSync(join(dir, "authorized_keys"), login.shared, { mode: 0o600 });
    const lines = [
        ...settings,
        `Port ${port}`,
        "ListenAddress 127.0.0.1",
        `HostKey ${join(dir, "host")}`,
        `PidFile ${join(dir, "sshd.pid")}`,
        `AuthorizedKeysFile ${join(dir, "authorized_keys")}`,
        "StrictModes no",
        "PasswordAuthentication no",
        "KbdInteractiveAuthentication no",
        "UsePAM no",
        "PermitRootLogin prohibit-password",
        "MaxStartups 100",
        "AcceptEnv LAB_* PULUMI_COMMAND_*",
        "Subsystem sftp internal-sftp",
    ];
    writeFileSync(join(dir, "sshd_config"), `${lines.join("\n")}\n`);
    mkdirSync("/run/sshd", { recursive: true }); // privilege separation; Debian's service makes it, too
    let child: ChildProcess | undefined;
    let log = "";
    const server: SshServer = {
        port,
        user: userInfo().username,
        hostKey: host.shared.trim(),
        privateKey: login.secret,
        log: () => log,
        async start() {
            child = spawn(...bound("/usr/sbin/sshd", ["-D", "-e", "-f", join(dir, "sshd_config")]), { stdio: "pipe" });
            child.stderr?.on("data", (data) => {
                log += data;
            });
            await waitFor({ what: "sshd to listen", timeout: 10 }, () => {
                if (child?.exitCode != null) throw new Error(log);
                return answers(port);
            });
        },
        async stop() {
            if (!child || child.exitCode !== null) return;
            const ended = new Promise((resolve) => child?.once("close", resolve));
            child.kill("SIGTERM");
            await ended;
            child = undefined;
        },
        async remove() {
            await server.stop();
            rmSync(dir, { recursive: true, force: true });
        },
    };
    return server;
}

function answers(port: number): Promise<boolean> {
    return new Promise((resolve) => {
        const socket = connect(port, "127.0.0.1", () => {
            socket.destroy();
            resolve(true);
        });
        socket.on("error", () => resolve(false));
    });
}

function freePort(): Promise<number> {
    return new Promise((resolve, reject) => {
        const server = createServer();
        server.on("error", reject);
        server.listen(0, "127.0.0.1", () => {
            const address = server.address();
            server.close(() =>
                typeof address === "object" && address ? resolve(address.port) : reject(new Error("no port")),
            );
        });
    });
}
