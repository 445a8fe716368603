/** The guest's root folder: Debian's packages, then what makes it look like EL8. */
import { randomBytes } from "node:crypto";
import { chmod, cp, mkdir, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { guestPackages } from "../packages.ts";
import { aptAccess } from "./archive.ts";
import { type GuestFilesInput, guestFiles, guestLinks, guestPrograms, guestSetup } from "./guest-files.ts";
import { writeFiles } from "./keys.ts";
import { patiently, runTied } from "./programs.ts";

/** Folder of the guest's programs, as they are here. */
export const guestFolder = join(import.meta.dirname, "..", "guest");

/**
 * Mounts and processes of `command` are its own and end with it, and it with us: whatever kills which, the guest's folder can be
 * removed without reaching this machine's /dev or /proc.
 */
const contained = (command: string[]) => [
    "--mount",
    "--propagation=private",
    "--pid",
    "--fork",
    "--kill-child=KILL",
    ...command,
];

const env = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C.UTF-8", HOME: "/root" };

/** Debian's packages into a new folder. Takes most of a build's time: downloads and unpacks some 200 MB. */
export async function bootstrapRoot(
    folder: string,
    sources: string[],
    work: string,
    options: { signal?: AbortSignal | undefined; onLine?: (line: string) => void },
): Promise<void> {
    const list = join(work, "sources.list");
    const settings = join(work, "apt.conf");
    await writeFile(list, `${sources.join("\n")}\n`);
    await writeFile(settings, `${(await aptAccess()).join("\n")}\n`);
    const command = [
        "mmdebstrap",
        "--mode=root",
        "--format=directory",
        "--variant=minbase",
        `--include=${guestPackages.join(",")}`,
        `--aptopt=${settings}`,
        "--aptopt=Apt::Install-Recommends false",
        "", // the suites are those of the list
        folder,
        list,
    ];
    const { signal, onLine } = options;
    await runTied("unshare", contained(command), {
        env: { ...env, TMPDIR: work },
        ...patiently(signal),
        ...(onLine ? { onLine } : {}),
    });
}

export interface RootInput extends Omit<GuestFilesInput, "machineId"> {
    /** The host key's private half. */
    hostKeyFile: string;
    hostKey: string;
    /** Folder of the base repository. */
    base: string;
    signal?: AbortSignal | undefined;
}

/** Makes it look like EL8, and installs the system's own RPM packages, the old kernel among them. */
export async function furnishRoot(folder: string, input: RootInput): Promise<void> {
    const at = (path: string) => join(folder, path);
    const machineId = `e${randomBytes(16).toString("hex").slice(1)}`;
    await writeFiles(folder, guestFiles({ ...input, machineId }));
    await chmod(at("/etc/sudoers.d"), 0o750);
    for (const [path, target] of Object.entries(guestLinks())) {
        await mkdir(dirname(at(path)), { recursive: true });
        await rm(at(path), { recursive: true, force: true });
        await symlink(target, at(path));
    }
    for (const [name, path] of Object.entries(guestPrograms)) {
        await cp(join(guestFolder, name), at(path));
        await chmod(at(path), 0o755);
    }
    for (const name of await readdir(at("/etc/ssh")))
        if (name.startsWith("ssh_host_")) await rm(at(`/etc/ssh/${name}`));
    await cp(input.hostKeyFile, at("/etc/ssh/ssh_host_ed25519_key"));
    await chmod(at("/etc/ssh/ssh_host_ed25519_key"), 0o600);
    await writeFile(at("/etc/ssh/ssh_host_ed25519_key.pub"), `${input.hostKey}\n`);
    await mkdir(at("/boot/grub"), { recursive: true });
    await mkdir(at("/boot/loader/entries"), { recursive: true });
    const packages = "/var/tmp/base";
    await cp(input.base, at(packages), { recursive: true });
    const enter = `mount --rbind /dev "$1/dev" && mount -t proc proc "$1/proc" && exec chroot "$1" /bin/sh -s`;
    const { signal } = input;
    await runTied("unshare", contained(["sh", "-c", enter, "sh", folder]), {
        env,
        input: guestSetup(packages),
        ...patiently(signal),
    });
}
