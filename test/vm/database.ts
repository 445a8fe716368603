/** M3DB's process in a virtual machine, with a clock of its own; etcd and all else of M3 run here. */
import type { Vm } from "../../lab/vm/index.ts";
import { exec } from "../../support/exec.ts";
import type { Elsewhere } from "../contract/m3/mini-cluster.ts";
import { binary } from "../support/binaries.ts";
import { output } from "./machine.ts";

/** Copies the executable there and says how it is started: over SSH, which also leads the ports. */
export async function databaseIn(vm: Vm): Promise<Elsewhere> {
    const ssh = ["ssh", "-o", "ExitOnForwardFailure=yes"];
    const copy = ["-c", 'exec "$@" <"$0"', binary("m3dbnode"), ...ssh, ...vm.sshWords];
    const { code, stderr } = await exec(
        "sh",
        [...copy, "cat >/usr/local/bin/m3dbnode && chmod 755 /usr/local/bin/m3dbnode"],
        {
            timeout: 300,
        },
    );
    if (code !== 0) throw new Error(`m3dbnode could not be copied to ${vm.name}: ${stderr}`);
    // The emulated processor does not tell its core: as in the lab, m3dbnode is not to ask for it (lab/cluster/processor.ts).
    await output(vm, "mkdir -p /var/lib/m3kv && sed '/^$/q' /proc/cpuinfo >/run/cpuinfo");
    await output(vm, "mount --bind /run/cpuinfo /proc/cpuinfo");
    return (listens, etcd) => {
        const at = (port: number) => `127.0.0.1:${port}:127.0.0.1:${port}`;
        const ports = [...listens.flatMap((port) => ["-L", at(port)]), "-R", at(etcd)];
        const command = "cat >/etc/m3.yml && exec env GOMEMLIMIT=900MiB GOGC=50 /usr/local/bin/m3dbnode -f /etc/m3.yml";
        return [...ssh, ...ports, ...vm.sshWords, command];
    };
}

/** Sets the machine's clock, seconds from this machine's; no time service of it steps it back. */
export const stepClock = (vm: Vm, seconds: number) =>
    output(vm, `systemctl stop chrony; date -s @${(Date.now() / 1000 + seconds).toFixed(3)}`);

/** Seconds from this machine's clock, to one or two. */
export const clockOf = async (vm: Vm) => Number(await output(vm, "date +%s")) - Date.now() / 1000;

/** Power is not cut: what it had not written to its disk is in the kernel's hands. */
export const killDatabase = (vm: Vm) =>
    output(vm, "for pid in $(pidof m3dbnode); do kill -KILL $pid; done; while pidof m3dbnode; do sleep 0.1; done");
