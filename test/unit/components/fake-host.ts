/** A host played by a folder and by commands that are scripts of a few lines: what scripts of components do there, by a real sh. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type ExecResult, exec } from "../../../support/exec.ts";

export interface FakeHost {
    root: string;
    /** Runs a script as `sh -s ARGUMENTS`, with nothing but the played commands, sh's own and coreutils. */
    run(script: string, ...args: string[]): Promise<ExecResult>;
    /** Replaces a command: a script of sh; `$ROOT` is the root folder. */
    command(name: string, script: string): void;
    write(path: string, text: string): void;
    read(path: string): string;
    has(path: string): boolean;
    /** Calls of played commands so far: "rpm --import /…", in order. */
    calls(): string[];
    remove(): void;
}

export function fakeHost(commands: Record<string, string> = {}, files: Record<string, string> = {}): FakeHost {
    const folder = mkdtempSync(join(tmpdir(), "m3perf-host-"));
    const [root, bin, log] = [join(folder, "root"), join(folder, "bin"), join(folder, "calls")];
    for (const made of [root, bin]) mkdirSync(made);
    writeFileSync(log, "");
    const host: FakeHost = {
        root,
        run: (script, ...args) =>
            exec("sh", ["-s", "--", ...args], {
                input: script,
                env: { PATH: `${bin}:${process.env.PATH}`, HOME: root },
                timeout: 60,
            }),
        command(name, script) {
            const file = join(bin, name);
            writeFileSync(file, `#!/bin/sh\nROOT=${root}\nprintf '%s\\n' "${name} $*" >>${log}\n${script}\n`);
            chmodSync(file, 0o755);
        },
        write(path, text) {
            mkdirSync(dirname(join(root, path)), { recursive: true });
            writeFileSync(join(root, path), text);
        },
        read: (path) => readFileSync(join(root, path), "utf8"),
        has: (path) => existsSync(join(root, path)),
        calls: () => readFileSync(log, "utf8").split("\n").filter(Boolean),
        remove: () => rmSync(folder, { recursive: true, force: true }),
    };
    for (const [name, script] of Object.entries(commands)) host.command(name, script);
    for (const [path, text] of Object.entries(files)) host.write(path, text);
    return host;
}
