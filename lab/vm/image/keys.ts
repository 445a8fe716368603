/** Keys of one image: made with it, kept with it, never committed. */
import { existsSync } from "node:fs";
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exec, run } from "../../../support/exec.ts";
import { patiently, runTied } from "./programs.ts";

export interface SshKey {
    /** The private key's file, mode 0600. */
    file: string;
    /** "ssh-ed25519 AAAA…". */
    public: string;
}

/** A key for SSH without a passphrase. */
export async function makeSshKey(file: string): Promise<SshKey> {
    await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "m3perf-vm", "-f", file]); // ssh-keygen makes it 0600
    const [type, key] = (await readFile(`${file}.pub`, "utf8")).split(" ");
    return { file, public: `${type} ${key}` };
}

/** Who signs packages: the base system's, elrepo's, and one that nobody trusts. */
export type Signer = "base" | "elrepo" | "wrong";

export interface Signers {
    /** Public keys, armoured. */
    keys: Record<Signer, string>;
    /** Full fingerprints, 40 hexadecimal digits in capitals. */
    fingerprints: Record<Signer, string>;
    /** Signs packages, in place of a signature that they may have. */
    sign(signer: Signer, packages: string[]): Promise<void>;
}

/** Makes the keys, lets `work` sign with them, and forgets their private halves. RSA, as elrepo's are. */
export async function withSigners<T>(work: (signers: Signers) => Promise<T>, signal?: AbortSignal): Promise<T> {
    // The agent's socket lies in this folder, and a socket's path must be short: not in the cache.
    const home = await mkdtemp(join(tmpdir(), `m3perf-gpg-${process.pid}-`));
    const options = { env: { ...process.env, GNUPGHOME: home, LC_ALL: "C.UTF-8" }, ...patiently(signal) };
    const gpg = (args: string[]) => runTied("gpg", ["--batch", "--quiet", ...args], options);
    const make = async (signer: Signer) => {
        const user = `${signer} test key <${signer}@lab.test>`;
        await gpg([
            "--pinentry-mode",
            "loopback",
            "--passphrase",
            "",
            "--quick-gen-key",
            user,
            "rsa2048",
            "sign",
            "never",
        ]);
        const listed = await gpg(["--with-colons", "--list-keys", `${signer}@lab.test`]);
        return {
            key: await gpg(["--armor", "--export", `${signer}@lab.test`]),
            fingerprint: /^fpr:+([0-9A-F]{40}):/m.exec(listed)?.[1] ?? "",
        };
    };
    try {
        const [base, elrepo, wrong] = [await make("base"), await make("elrepo"), await make("wrong")];
        return await work({
            keys: { base: base.key, elrepo: elrepo.key, wrong: wrong.key },
            fingerprints: { base: base.fingerprint, elrepo: elrepo.fingerprint, wrong: wrong.fingerprint },
            async sign(signer, packages) {
                const define = {
                    __gpg: "/usr/bin/gpg", // Debian's rpm would look for it by a name without a folder
                    _gpg_name: `${signer}@lab.test`,
                    _dbpath: join(home, "rpm"),
                };
                const defines = Object.entries(define).flatMap(([key, value]) => ["--define", `${key} ${value}`]);
                await runTied("rpmsign", [...defines, "--resign", ...packages], options);
            },
        });
    } finally {
        await exec("gpgconf", ["--kill", "all"], { env: options.env, timeout: 30 }).catch(() => undefined);
        await rm(home, { recursive: true, force: true });
    }
}

/**
 * Removes the keys of builds that were killed; their agents end when their folders are gone. Only what is ours by its owner: anybody
 * can make a folder of such a name in /tmp.
 */
export async function removeOldKeys(folder = tmpdir()): Promise<void> {
    for (const name of await readdir(folder)) {
        const pid = Number(/^m3perf-gpg-(\d+)-/.exec(name)?.[1] ?? process.pid);
        if (existsSync(`/proc/${pid}`)) continue;
        const path = join(folder, name);
        const info = await lstat(path).catch(() => undefined);
        if (info?.isDirectory() && info.uid === process.getuid?.()) await rm(path, { recursive: true, force: true });
    }
}

/** Files with their folders. */
export async function writeFiles(folder: string, files: Record<string, string>): Promise<void> {
    for (const [path, text] of Object.entries(files)) {
        await mkdir(join(folder, path, ".."), { recursive: true });
        await writeFile(join(folder, path), text);
    }
}
