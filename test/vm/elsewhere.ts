/** One program of M3 in a virtual machine, with a clock of its own; all else of M3 runs here. */
import type { Vm } from "../../lab/vm/index.ts";
import { exec } from "../../support/exec.ts";
import type { Program } from "../contract/m3/mini-cluster.ts";
import type { Elsewhere } from "../contract/m3/processes.ts";
import { binary } from "../support/binaries.ts";
import { output } from "./machine.ts";

/** Copies the executable there and says how it is started: over SSH, which also leads the ports. */
export async function programIn(vm: Vm, program: Program): Promise<Elsewhere> {
    const ssh = ["ssh", "-o", "ExitOnForwardFailure=yes"];
    const there = `/usr/local/bin/${program}`;
    const copy = [
        "-c",
        'exec "$@" <"$0"',
        binary(program),
        ...ssh,
        ...vm.sshWords,
        `cat >${there} && chmod 755 ${there}`,
    ];
    const { code, stderr } = await exec("sh", copy, { timeout: 300 });
    if (code !== 0) throw new Error(`${program} could not be copied to ${vm.name}: ${stderr}`);
    await output(vm, "mkdir -p /var/lib/m3kv");
    if (program === "m3dbnode") {
        // The emulated processor does not tell its core: as in the lab, m3dbnode is not to ask for it (lab/cluster/processor.ts).
        await output(vm, "sed '/^$/q' /proc/cpuinfo >/run/cpuinfo && mount --bind /run/cpuinfo /proc/cpuinfo");
    }
    const file = program === "etcd" ? "--config-file" : "-f";
    return (listens, reaches, env = {}) => {
        const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
        const at = (port: number) => `127.0.0.1:${port}:127.0.0.1:${port}`;
        const ports = [...listens.flatMap((port) => ["-L", at(port)]), ...reaches.flatMap((port) => ["-R", at(port)])];
        return [
            ...ssh,
            ...ports,
            ...vm.sshWords,
            `cat >/etc/m3.yml && exec env ${[...variables, there, file].join(" ")} /etc/m3.yml`,
        ];
    };
}

/** Sets the machine's clock, seconds from this machine's; no time service of it steps it back. */
export async function stepClock(vm: Vm, seconds: number): Promise<void> {
    await output(vm, `systemctl stop chrony; date -s @${(Date.now() / 1000 + seconds).toFixed(3)}`);
    const off = Number(await output(vm, "date +%s")) - Date.now() / 1000;
    if (Math.abs(off - seconds) > 30) throw new Error(`the clock of ${vm.name} is ${off} s off, not ${seconds}`);
}

/** Power is not cut: what it had not written to its disk is in the kernel's hands. */
export const killProgram = (vm: Vm, program: Program) =>
    output(vm, `for pid in $(pidof ${program}); do kill -KILL $pid; done; while pidof ${program}; do sleep 0.1; done`);
