/** A lab of the tests' own, driven by its commands as a user would, and what of it can be seen on the machine. */
import { spawn } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { cgroupTrees } from "../../../lab/cluster/cgroups.ts";
import { changedSettings, notedSettings, settingNow } from "../../../lab/cluster/sysctls.ts";
import { ensureTools } from "../../../lab/tools/index.ts";
import type { LabStatus } from "../../../lab/types.ts";
import type { Site } from "../../../settings/site.ts";
import { type ExecResult, exec, run } from "../../../support/exec.ts";
import { labDir, projectRoot } from "../../../support/paths.ts";
import { createProgress } from "../../../support/progress.ts";
import { waitFor } from "../../../support/wait.ts";

export const main = join(projectRoot, "lab/main.ts");

export class TestLab {
    readonly name: string;
    #kubectl: Promise<string> | undefined;

    constructor(name: string) {
        this.name = name;
    }

    /** One command of the lab, to its end. */
    command(...words: string[]): Promise<ExecResult> {
        return exec(process.execPath, [main, "--lab", this.name, ...words], { timeout: 400 });
    }

    /** A command that must succeed; what it printed, both streams. */
    async succeed(...words: string[]): Promise<string> {
        const { code, stdout, stderr } = await this.command(...words);
        if (code !== 0) throw new Error(`lab ${words.join(" ")}: exit code ${code}\n${stderr}`);
        return stdout + stderr;
    }

    async status(): Promise<LabStatus> {
        return JSON.parse((await this.command("status", "--json")).stdout) as LabStatus;
    }

    /** State of one node as `lab status` tells it. */
    async nodeState(name: string): Promise<string | undefined> {
        return (await this.status()).nodes.find((node) => node.name === name)?.state;
    }

    async kubectl(args: string[], input?: string): Promise<string> {
        this.#kubectl ??= ensureTools({ sets: ["kubernetes"], progress: createProgress() }).then((tools) =>
            tools.path("kubectl"),
        );
        const kubeconfig = ["--kubeconfig", labDir(this.name, "kubeconfig"), "--request-timeout=20s"];
        return run(await this.#kubectl, [...kubeconfig, ...args], { timeout: 120, ...(input ? { input } : {}) });
    }

    async json<T>(...args: string[]): Promise<T> {
        return JSON.parse(await this.kubectl([...args, "-o", "json"])) as T;
    }

    /** Status of the node's Ready condition: "True", "False" or "Unknown". */
    async ready(node: string): Promise<string | undefined> {
        interface Conditions {
            status: { conditions: { type: string; status: string }[] };
        }
        const { status } = await this.json<Conditions>("get", "node", node);
        return status.conditions.find(({ type }) => type === "Ready")?.status;
    }

    site(): Site {
        return parse(readFileSync(labDir(this.name, "site.yaml"), "utf8")) as Site;
    }

    /** Runs a command on a node over SSH, with the access that the site file tells and nothing else. */
    async ssh(node: string, command: string, options: string[] = []): Promise<ExecResult> {
        const ssh = this.site().nodes.find(({ name }) => name === node)?.ssh;
        if (!ssh?.privateKeyFile) throw new Error(`the site tells no SSH access to ${node}`);
        const known = ["StrictHostKeyChecking=yes", `UserKnownHostsFile=${labDir(this.name, "ssh/known_hosts")}`];
        const fixed = ["BatchMode=yes", "ConnectTimeout=5", "IdentitiesOnly=yes", ...known];
        const args = [...options, ...fixed].flatMap((option) => ["-o", option]);
        return exec("ssh", ["-F", "none", "-i", ssh.privateKeyFile, ...args, `${ssh.user}@${ssh.host}`, command], {
            timeout: 60,
        });
    }

    /** Starts `up` and kills it without a word, the moment `when` says so of its output so far. */
    async killUp(when: (output: string) => boolean): Promise<void> {
        const child = spawn(process.execPath, [main, "--lab", this.name, "up"], {
            stdio: ["ignore", "ignore", "pipe"],
        });
        let output = "";
        child.stderr.setEncoding("utf8").on("data", (text: string) => {
            output += text;
        });
        const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));
        await waitFor({ what: "the moment to kill lab up", timeout: 120, every: 0.02 }, () => when(output));
        child.kill("SIGKILL");
        await ended;
    }
}

/** Ids of process 1 of the lab's machines, by machine: another id is another boot. */
export function boots(lab: string): Record<string, string> {
    const root = join(cgroupTrees().main, "m3perf", lab);
    const machines = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return Object.fromEntries(
        machines.map(({ name }) => [name, readFileSync(join(root, name, "init/cgroup.procs"), "utf8").trim()]),
    );
}

/** All of the machine that a lab may touch. Two of them are equal where a lab has left nothing. */
export async function machineState(lab: string): Promise<Record<string, string[]>> {
    const text = async (command: string, ...args: string[]) => (await run(command, args)).trim().split("\n");
    const links = JSON.parse(await run("ip", ["-json", "link"])) as { ifname: string; ifalias?: string }[];
    const routes = JSON.parse(await run("ip", ["-json", "route", "show", "table", "all"])) as {
        dst: string;
        dev: string;
    }[];
    return {
        processes: processes().filter((line) => line.includes(`/m3perf/${lab}`)),
        namespaces: namespacesOf(lab),
        "named network namespaces": await text("ip", "netns", "list"),
        mounts: readFileSync("/proc/self/mounts", "utf8").trim().split("\n"),
        cgroups: cgroupTrees().all.flatMap((tree) => folders(join(tree, "m3perf", lab))),
        links: links.filter(({ ifalias }) => ifalias?.endsWith(` ${lab}`)).map(({ ifname }) => ifname),
        routes: routes
            .map(({ dst, dev }) => `${dst} ${dev}`)
            .filter((line) => !/m3perf[0-7]$/.test(line) || ours(line)),
        "nft tables": await text("nft", "list", "tables"),
        settings: settings(),
        files: [...folders(labDir(lab)), ...folders(`/run/m3perf/${lab}`)],
    };

    /** Routes of other labs on this machine come and go without us. */
    function ours(line: string): boolean {
        return links.some(({ ifname, ifalias }) => ifalias?.endsWith(` ${lab}`) && line.endsWith(` ${ifname}`));
    }
}

/** "4711 /usr/bin/kubelet --config … cgroup": every process with its command line and cgroup. */
function processes(): string[] {
    return readdirSync("/proc").flatMap((pid) => {
        if (!/^\d+$/.test(pid) || pid === String(process.pid)) return [];
        try {
            const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
            return [`${pid} ${command} ${readFileSync(`/proc/${pid}/cgroup`, "utf8").replaceAll("\n", " ")}`];
        } catch {
            return [];
        }
    });
}

/** Network namespaces of the lab's processes. */
function namespacesOf(lab: string): string[] {
    const found = processes()
        .filter((line) => line.includes(`/m3perf/${lab}/`))
        .flatMap((line) => {
            try {
                return [readlinkSync(`/proc/${line.split(" ")[0]}/ns/net`)];
            } catch {
                return [];
            }
        });
    return [...new Set(found)].sort();
}

function folders(path: string): string[] {
    try {
        return [path, ...readdirSync(path)];
    } catch {
        return [];
    }
}

/**
 * Kernel settings that no lab may leave changed. Where another lab runs, the last one puts them back: then what it is to put
 * back counts, so that labs that come and go beside the test do not matter.
 */
function settings(): string[] {
    const noted = notedSettings();
    const more = [
        "kernel/pid_max",
        "kernel/threads-max",
        "kernel/hostname",
        "net/ipv4/ip_forward",
        "net/ipv4/conf/all/rp_filter",
        "net/ipv4/conf/all/forwarding",
        "net/ipv4/conf/all/route_localnet",
        "net/bridge/bridge-nf-call-iptables",
        "net/netfilter/nf_conntrack_max",
        "net/netfilter/nf_conntrack_buckets",
        "net/core/somaxconn",
        "vm/max_map_count",
    ];
    return [...changedSettings, ...more].map((name) => {
        const value = noted[name] ?? settingNow(name);
        return value === undefined ? `${name} is not there` : `${name} = ${value}`;
    });
}
