/** How a machine is put together for qemu. Pure. */
import { guestAddress, repositoryAddress } from "./image/guest-files.ts";

export interface Hardware {
    name: string;
    /** The overlay (qcow2). */
    disk: string;
    /** MiB of the guest. */
    memoryMi: number;
    /** What the guest writes to its serial port is added to this file. */
    consoleLog: string;
    /** Port of 127.0.0.1 that leads to the guest's sshd. */
    sshPort: number;
    /** Port of 127.0.0.1 where the repositories are served. */
    repositoryPort: number;
}

/** MiB for translated code. With the guest's memory and qemu's own 60 MiB or so, this is all that a machine can take. */
const codeCacheMi = 128;

/**
 * Plain emulation (tcg): it runs wherever a process does. The network is qemu's own, closed (restrict=on): in goes SSH, out only
 * the repositories' address. Orders come over standard input (QMP).
 */
export function qemuArguments(hardware: Hardware): string[] {
    const { name, disk, memoryMi, consoleLog, sshPort, repositoryPort } = hardware;
    const repository = `guestfwd=tcp:${repositoryAddress}:80-cmd:socat STDIO TCP4:127.0.0.1:${repositoryPort}`;
    const ssh = `hostfwd=tcp:127.0.0.1:${sshPort}-${guestAddress}:22`;
    return [
        ["-name", escaped(name)],
        ["-accel", `tcg,thread=multi,tb-size=${codeCacheMi}`],
        // EL9 wants x86-64-v2, which Nehalem was the first to have; more features only cost emulation.
        ["-machine", "q35,usb=off", "-cpu", "Nehalem", "-smp", "2", "-m", `${memoryMi}`],
        ["-nodefaults", "-no-user-config", "-display", "none", "-rtc", "base=utc"],
        ["-chardev", "stdio,id=orders,signal=off", "-mon", "chardev=orders,mode=control"],
        ["-chardev", `file,id=console,append=on,path=${escaped(consoleLog)}`, "-serial", "chardev:console"],
        // "unsafe" still hands what the guest has flushed to this machine's kernel: a killed qemu is a power cut, no worse.
        ["-drive", `if=none,id=disk,cache=unsafe,discard=unmap,file=${escaped(disk)}`],
        ["-device", "nvme,drive=disk,serial=lab,bootindex=0"],
        ["-netdev", `user,id=net,restrict=on,${ssh},${repository}`],
        ["-device", "virtio-net-pci,netdev=net,romfile="],
        ["-device", "virtio-rng-pci"],
    ].flat();
}

/** A comma ends a value in qemu's options; two stand for one. */
const escaped = (text: string) => text.replaceAll(",", ",,");
