/**
 * The local RPM repositories: base (the system's own), elrepo (elrepo-release), elrepo-kernel (kernel-ml), and beside them the
 * variants that fail, each with only what differs (repository.ts serves them).
 */
import { randomFillSync } from "node:crypto";
import { cp, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../../../support/exec.ts";
import type { UnpackedKernel } from "./kernels.ts";
import { type Signers, writeFiles } from "./keys.ts";
import { patiently } from "./programs.ts";
import { basePackages, elrepoRelease, type FilesPackage, filesSpec, type KernelPackage, kernelSpec } from "./specs.ts";

/** Where elrepo-release is had by its address, as on elrepo's own server. */
const releaseFile = "elrepo-release-8.el8.elrepo.noarch.rpm";

export interface RepositoryInput {
    kernels: { old: UnpackedKernel; new: UnpackedKernel };
    signers: Signers;
    /** Folder to make; it must not be there. */
    folder: string;
    /** For what is not kept. */
    work: string;
    signal?: AbortSignal | undefined;
}

export async function makeRepositories({ kernels, signers, folder, work, signal }: RepositoryInput): Promise<void> {
    const build = rpmBuilder(work, signal);
    const at = (...parts: string[]) => join(folder, ...parts);
    const variant = (name: string) => at("variants", name, "elrepo-kernel");

    for (const one of basePackages()) await build.files(one, at("base"));
    await build.kernel({ ...kernelOf(kernels.old), name: "kernel", release: "2.el8" }, at("base"));
    await build.files(elrepoRelease(signers.keys.elrepo), at("elrepo"));
    await build.kernel(kernelOf(kernels.new), at("elrepo-kernel"));
    for (const [name, kernel] of Object.entries(await failingKernels(kernels.new, work))) {
        await build.kernel(kernel, variant(name));
    }
    await mkdir(variant("no-kernel"), { recursive: true });

    await signers.sign("base", await packagesIn(at("base")));
    await signers.sign("elrepo", [
        ...(await packagesIn(at("elrepo"))),
        ...(await packagesIn(at("elrepo-kernel"))),
        ...(await packagesIn(at("variants"))),
    ]);
    const wrong = at("variants", "wrong-key");
    for (const id of ["elrepo", "elrepo-kernel"]) await cp(at(id), join(wrong, id), { recursive: true });
    await signers.sign("wrong", await packagesIn(wrong));

    for (const root of [folder, wrong]) {
        const [release] = await packagesIn(join(root, "elrepo"));
        if (release !== undefined) await cp(release, join(root, releaseFile));
    }
    const { base, elrepo, wrong: untrusted } = signers.keys;
    await writeFiles(folder, {
        "RPM-GPG-KEY-base": base,
        "RPM-GPG-KEY-elrepo": elrepo,
        "RPM-GPG-KEY-wrong": untrusted,
    });
    const variants = (await readdir(at("variants"))).map(variant);
    for (const repository of [at("base"), at("elrepo"), at("elrepo-kernel"), join(wrong, "elrepo"), ...variants]) {
        await run("createrepo_c", ["--quiet", "--no-database", repository], patiently(signal));
    }
}

function kernelOf(kernel: UnpackedKernel): KernelPackage {
    const { version, release: kver, image, config, modules } = kernel;
    return { name: "kernel-ml", version, release: "1.el8.elrepo", kver, image, config, modules };
}

/**
 * kernel-ml packages that install well and do not come up, by variant. Their versions lie below the good one's: a later upgrade to
 * "latest" goes on to that.
 */
async function failingKernels(good: UnpackedKernel, work: string): Promise<Record<string, KernelPackage>> {
    const junk = join(work, "junk");
    await writeFile(junk, randomFillSync(Buffer.alloc(2_000_000)));
    const series = good.version.split(".").slice(0, 2).join(".");
    const common = { name: "kernel-ml", version: `${series}.0`, release: "1.el8.elrepo", config: good.config };
    const boot = (change: string) => `sed -i '${change}' "$entry" && grub2-mkconfig -o /boot/grub2/grub.cfg`;
    return {
        // GRUB does not know it for a kernel.
        "broken-kernel": { ...common, kver: `${series}.0-broken`, image: junk },
        // It finds no root file system, and panics; panic=5 then reboots.
        "panicking-kernel": {
            ...common,
            kver: `${series}.0-panicking`,
            image: good.image,
            afterEntry: boot("s|root=[^ ]*|root=/dev/nowhere|"),
        },
        // It runs, and nothing on it does: the machine answers no more.
        "hanging-kernel": {
            ...common,
            kver: `${series}.0-hanging`,
            image: good.image,
            afterEntry: boot("s|^options .*|& init=/bin/sleep infinity|"),
        },
    };
}

/** All .rpm files below a folder. */
async function packagesIn(folder: string): Promise<string[]> {
    const entries = await readdir(folder, { recursive: true });
    return entries.filter((name) => name.endsWith(".rpm")).map((name) => join(folder, name));
}

function rpmBuilder(work: string, signal?: AbortSignal) {
    const top = join(work, "rpm");
    const build = async (spec: string, name: string, to: string) => {
        const file = join(top, "SPECS", `${name}.spec`);
        await writeFiles(top, { [`SPECS/${name}.spec`]: spec });
        const define = { _topdir: top, _rpmdir: to, _dbpath: join(top, "db"), _tmppath: join(top, "tmp") };
        const defines = Object.entries(define).flatMap(([key, value]) => ["--define", `${key} ${value}`]);
        const options = { env: { ...process.env, LC_ALL: "C.UTF-8" }, ...patiently(signal) };
        await run("rpmbuild", ["-bb", "--quiet", "--target", "x86_64", ...defines, file], options);
    };
    return {
        kernel: (kernel: KernelPackage, to: string) => build(kernelSpec(kernel), `${kernel.name}-${kernel.kver}`, to),
        async files(files: FilesPackage, to: string) {
            const name = `${files.name}-${files.version}`;
            const folder = join(top, "SOURCES", name);
            await writeFiles(folder, files.files);
            await build(filesSpec(files, folder), name, to);
        },
    };
}
