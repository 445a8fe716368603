/** M3's own processes and an etcd on this machine, each on free ports, for tests of what they take. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { waitFor } from "../../../support/wait.ts";
import { freePort } from "../../support/apiserver.ts";
import { bound } from "../../support/bound.ts";
import { m3Command } from "../../support/m3-command.ts";

/**
 * Words that start a program there: its configuration comes on standard input, `listens` are its ports of 127.0.0.1, which have to be reached
 * under the same numbers here, `reaches` are ports here that have to be reached under the same numbers there, `env` is of its process.
 */
export type Elsewhere = (listens: number[], reaches: number[], env?: NodeJS.ProcessEnv) => string[];

export class Processes {
    readonly dir = mkdtempSync(join(tmpdir(), "m3perf-m3-"));
    private readonly children: ChildProcess[] = [];

    /** Its client URL. `elsewhere`: words that start it there, by the port that is to be reached here. */
    async etcd(elsewhere?: Elsewhere): Promise<string> {
        const port = await freePort();
        const [client, peer] = [port, await freePort()].map((one) => `http://127.0.0.1:${one}`);
        const config = {
            "data-dir": join(this.dir, "etcd"),
            "listen-client-urls": client,
            "advertise-client-urls": client,
            "listen-peer-urls": peer,
            "initial-advertise-peer-urls": peer,
            "initial-cluster": `default=${peer}`,
        };
        const flags = Object.entries(config).map(([name, value]) => `--${name}=${value}`);
        if (elsewhere) this.fed(elsewhere([port], []), config);
        else this.launch("etcd", [...flags, "--unsafe-no-fsync"]);
        const answers = async () => (await fetch(`${client}/health`)).ok;
        await waitFor({ what: "etcd", timeout: elsewhere ? 60 : 20 }, answers);
        return client ?? "";
    }

    /** Starts an M3 process by a configuration file of ours; its cache goes where the test's files are. */
    m3(program: string, config: object, env: NodeJS.ProcessEnv = {}): Running {
        const file = join(this.dir, `${program}-${this.children.length}.yml`);
        const text = JSON.stringify(config).replaceAll("/var/lib/m3kv", join(this.dir, `kv-${this.children.length}`));
        writeFileSync(file, text); // JSON is YAML
        return this.launch(program, ["-f", file], env);
    }

    /** Starts words that take a configuration file on standard input, as ssh does for a process on another machine. */
    fed(words: string[], config: object): Running {
        return this.started(words, {}, JSON.stringify(config));
    }

    private launch(program: string, args: string[], env: NodeJS.ProcessEnv = {}): Running {
        return this.started([...m3Command(program, this.dir), ...args], env);
    }

    private started([command = "", ...args]: string[], env: NodeJS.ProcessEnv, input?: string): Running {
        const child = spawn(...bound(command, args), {
            cwd: this.dir,
            env: { ...process.env, ...env },
            stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
        });
        child.stdin?.end(input);
        this.children.push(child);
        const running: Running = {
            pid: child.pid ?? 0,
            output: "",
            ended: () => child.exitCode !== null,
            stop: () => stop(child),
        };
        for (const stream of [child.stdout, child.stderr])
            stream?.on("data", (part: Buffer) => {
                running.output = (running.output + part.toString()).slice(-20_000);
            });
        return running;
    }

    /** Process ids of all that run. */
    get pids(): number[] {
        return this.children.flatMap(({ pid, exitCode, signalCode }) =>
            pid && exitCode === null && signalCode === null ? [pid] : [],
        );
    }

    async stop(): Promise<void> {
        for (const child of this.children.reverse()) await stop(child);
        rmSync(this.dir, { recursive: true, force: true, maxRetries: 3 });
    }
}

export interface Running {
    pid: number;
    output: string;
    ended(): boolean;
    stop(): Promise<void>;
}

async function stop(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "close");
    child.kill("SIGKILL");
    await ended;
}
