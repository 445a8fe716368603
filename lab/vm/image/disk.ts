/** A disk with a boot loader, made from a folder without mounting or loop devices: MBR, GRUB in the gap behind it, ext4. */
import { open, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../../../support/exec.ts";
import { patiently } from "./programs.ts";

/** Bytes of the guest's disk: room for the system (about 0.7 GiB) and for a test's own use. */
const diskSize = 3072 * 2 ** 20;
/** Bytes before the partition: MBR and boot loader. */
const gap = 2 ** 20;
const blockSize = 4096;

const grub = "/usr/lib/grub/i386-pc";
/** GRUB's modules that the guest's configuration (guest/grub2-mkconfig) uses, with those for a look at its prompt. */
const modules =
    "biosdisk part_msdos ext2 normal linux echo test loadenv serial terminal configfile ls search halt reboot minicmd";

/** Writes `image` (qcow2). The folder's owners and modes are kept. */
export async function makeDisk(folder: string, image: string, work: string, signal?: AbortSignal): Promise<void> {
    const options = patiently(signal);
    const raw = join(work, "disk.raw");
    await writeFile(raw, "");
    await truncate(raw, diskSize);
    await run("sfdisk", ["--quiet", raw], { input: `label: dos\nstart=${gap / 512}, type=83, bootable\n`, ...options });
    const blocks = (diskSize - gap) / blockSize;
    // GRUB 2.06 does not read file systems with these two features (grub-core/fs/ext2.c).
    const features = ["-O", "^metadata_csum_seed,^orphan_file"];
    const place = ["-E", `offset=${gap}`, "-b", `${blockSize}`, raw, `${blocks}`];
    await run("mkfs.ext4", ["-q", "-F", ...features, "-d", folder, "-L", "root", ...place], options);
    const core = join(work, "core.img");
    await run(
        "grub-mkimage",
        ["-O", "i386-pc", "-p", "(hd0,msdos1)/boot/grub", "-o", core, ...modules.split(" ")],
        options,
    );
    const disk = await open(raw, "r+");
    try {
        // boot.img takes the MBR's first 440 bytes and looks for core.img in the sector behind it, where grub-setup puts it, too.
        await disk.write((await readFile(join(grub, "boot.img"))).subarray(0, 440), 0, 440, 0);
        const loader = await readFile(core);
        if (loader.length > gap - 512) throw new Error(`GRUB's ${loader.length} bytes do not fit before the partition`);
        await disk.write(loader, 0, loader.length, 512);
    } finally {
        await disk.close();
    }
    await run("qemu-img", ["convert", "-O", "qcow2", raw, image], options);
    await rm(raw);
}
