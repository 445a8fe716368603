/** What the tests of virtual machines share: a folder, a repository server, machines that all end with the suite. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
    ensureVmImage,
    type RepositoryServer,
    startRepositoryServer,
    startVm,
    type Vm,
    type VmImage,
} from "../../lab/vm/index.ts";
import { createProgress } from "../../support/progress.ts";
import { waitFor } from "../../support/wait.ts";

/** Seconds for a boot: 20 to 45 on a quiet machine, more where other work goes on (facts.md 6). */
export const bootLimit = 400;

/** Milliseconds for a test that boots `boots` times. */
export const timeFor = (boots: number) => (boots * bootLimit + 300) * 1000;

export interface VmBench {
    image: VmImage;
    repository: RepositoryServer;
    folder: string;
    /** `memoryMi`: MiB of the guest's memory where it needs more than usual. */
    start(name: string, memoryMi?: number): Promise<Vm>;
    end(): Promise<void>;
}

export async function vmBench(): Promise<VmBench> {
    const image = await ensureVmImage({ progress: createProgress() });
    const folder = mkdtempSync(join(tmpdir(), "m3perf-vm-"));
    const repository = await startRepositoryServer(image);
    const machines: Vm[] = [];
    return {
        image,
        repository,
        folder,
        async start(name, memoryMi) {
            const vm = await startVm({ image, name, folder, repository, ...(memoryMi && { memoryMi }) });
            machines.push(vm);
            return vm;
        },
        async end() {
            await Promise.all(machines.map((vm) => vm.stop()));
            await repository.close();
            rmSync(folder, { recursive: true, force: true });
        },
    };
}

/** Output of a command that must succeed, without the last newline. */
export async function output(vm: Vm, command: string, timeout = 300): Promise<string> {
    const { code, stdout, stderr } = await vm.run(command, { timeout });
    if (code !== 0) throw new Error(`${command}: exit code ${code}\n${stdout}${stderr}`);
    return stdout.trimEnd();
}

export const bootId = (vm: Vm) => output(vm, "cat /proc/sys/kernel/random/boot_id");

/** Waits for another boot than this one; returns its id. */
export async function nextBoot(vm: Vm, before: string): Promise<string> {
    return waitFor({ what: `another boot of ${vm.name}`, timeout: bootLimit, every: 0.5 }, async () => {
        const id = await bootId(vm);
        return id !== before && id;
    });
}

/** As the product asks for it: the connection ends cleanly (facts.md 6). */
export async function reboot(vm: Vm): Promise<void> {
    await output(vm, "systemd-run --on-active=1s --timer-property=AccuracySec=100ms systemctl reboot");
}

/** Whether there is a process with this id; one that has ended and that nobody has waited for does not count. */
export function runs(pid: number): boolean {
    try {
        process.kill(pid, 0);
        return true;
    } catch {
        return false;
    }
}
