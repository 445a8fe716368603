/** A stack of test/vm/program over virtual machines, run by the real engine. */
import assert from "node:assert/strict";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import type { Vm, VmImage } from "../../lab/vm/index.ts";
import type { Host } from "../../settings/hosts.ts";
import { kernelSchema } from "../../settings/kernel.ts";
import { projectRoot } from "../../support/paths.ts";
import { type PulumiProject, pulumiProject } from "../support/pulumi.ts";
import { bootLimit, output } from "./machine.ts";
import type { HostsProgram } from "./program/index.ts";

/** Seconds for an update; each boot adds to it. */
const upLimit = 900;

export interface UpgradeStack {
    project: PulumiProject;
    /** Replaces what the program is to do. */
    declare(program: HostsProgram): void;
    /** `up` that must succeed, and its output. */
    up(...args: string[]): Promise<string>;
    /** `up` that must fail, and its output. */
    failingUp(): Promise<string>;
}

export async function upgradeStack(): Promise<UpgradeStack> {
    const project = await pulumiProject("", ["command"]);
    // Programs that commands run have paths relative to the project's folder.
    for (const name of ["components", "settings", "support"])
        symlinkSync(join(projectRoot, name), join(project.dir, name));
    project.write(`export * from "${projectRoot}test/vm/program/index.ts";`);
    const run = async (args: string[]) => {
        const { code, stdout, stderr } = await project.run(["up", "--yes", "--skip-preview", ...args], {
            timeout: upLimit,
        });
        return { code, text: stdout + stderr };
    };
    return {
        project,
        declare: (program) => project.write(JSON.stringify(program), "hosts.json"),
        async up(...args) {
            const { code, text } = await run(args);
            assert.equal(code, 0, text.slice(-6000));
            return text;
        },
        async failingUp() {
            const { code, text } = await run([]);
            assert.notEqual(code, 0, text.slice(-6000));
            return text;
        },
    };
}

/** The machine as a host of the program; `port` where the connection goes another way. */
export function hostOf(vm: Vm, port = vm.ssh.port): Host {
    const { host, user, hostKey, privateKeyFile } = vm.ssh;
    return { node: vm.name, ssh: { host, port, user, hostKey, privateKeyFile, jump: null } };
}

/** Settings of an upgrade from the image's repositories; `elrepo` and others over these. */
export function kernelOf(image: VmImage, { elrepo = {}, ...more }: { elrepo?: object; [key: string]: unknown } = {}) {
    const at = "http://elrepo.lab.test";
    return kernelSchema.parse({
        version: "latest",
        ...more,
        elrepo: {
            keys: [{ url: `${at}/RPM-GPG-KEY-elrepo`, fingerprint: image.fingerprints.elrepo }],
            release: { el8: { url: `${at}/elrepo-release-8.el8.elrepo.noarch.rpm` } },
            ...elrepo,
        },
    });
}

export const upgradeOf = (
    vms: (Vm | Host)[],
    settings: ReturnType<typeof kernelOf>,
    limit = bootLimit,
): HostsProgram => ({
    kernel: { hosts: vms.map((one) => ("pid" in one ? hostOf(one) : one)), settings, bootLimit: limit },
});

/** What an upgrade changes on a host, to be compared before and after. */
export const packagesOf = (vm: Vm) =>
    output(vm, "rpm -qa | sort; ls /boot /boot/loader/entries; grubby --default-kernel");

export const kernelRunning = (vm: Vm) => output(vm, "uname -r");
