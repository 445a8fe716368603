/** Text files of the guest. Pure. What imitates EL8 is said where it does (docs/vm.md has the whole). */
import { mirrorUrl } from "./specs.ts";

/** The guest's only address, the one that stands for the repositories' server, and the network's (qemu's user network). */
export const guestAddress = "10.0.2.15";
export const repositoryAddress = "10.0.2.100";

/** A user that is not root, with sudo, as EL8's cloud images have one. */
const sudoUser = "cloud-user";

/** Folder of the guest's kernel command line and boot entries' options. panic=5: a kernel that panics makes room for the old one. */
const commandLine = "root=/dev/nvme0n1p1 ro console=ttyS0 net.ifnames=0 panic=5 quiet mitigations=off";

export interface GuestFilesInput {
    /** Public key that may log in. */
    login: string;
    /** Public key that signs the base system's packages. */
    baseKey: string;
    /**
     * Of this image; its first digit is a letter: GRUB takes the id of a boot entry that begins with a digit for a number (facts.md 6).
     */
    machineId: string;
}

/** Path → text. */
export function guestFiles({ login, baseKey, machineId }: GuestFilesInput): Record<string, string> {
    return {
        "/etc/hostname": "el8lab\n",
        "/etc/machine-id": `${machineId}\n`,
        "/etc/hosts": `127.0.0.1 localhost el8lab\n${repositoryAddress} elrepo.lab.test mirror.lab.test\n`,
        "/etc/fstab": "/dev/nvme0n1p1 / ext4 rw,noatime 0 1\n",
        "/etc/systemd/network/10-lab.network": `[Match]
Name=e*
[Network]
Address=${guestAddress}/24
LinkLocalAddressing=no
IPv6AcceptRA=no
`,
        "/etc/ssh/sshd_config.d/lab.conf": `HostKey /etc/ssh/ssh_host_ed25519_key
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
AuthorizedKeysFile /etc/ssh/authorized_keys
UseDNS no
`,
        "/etc/ssh/authorized_keys": `${login}\n`,
        [`/etc/sudoers.d/${sudoUser}`]: `${sudoUser} ALL=(ALL) NOPASSWD: ALL\n`,
        // No time server can be reached: the guest's clock is the emulated machine's, which is this machine's.
        "/etc/chrony/chrony.conf": "local stratum 10\ndriftfile /var/lib/chrony/chrony.drift\nrtcsync\n",
        "/etc/rpm/macros": "%_dbpath /var/lib/rpm\n",
        "/etc/dnf/vars/releasever": "8\n",
        // EL8's own settings, but for the time-out and the retries: here a server answers at once, or it is not there.
        "/etc/dnf/dnf.conf": `[main]
gpgcheck=1
installonly_limit=3
clean_requirements_on_remove=True
best=True
skip_if_unavailable=False
timeout=60
retries=3
`,
        "/etc/pki/rpm-gpg/RPM-GPG-KEY-base": baseKey,
        "/etc/yum.repos.d/base.repo": `[baseos]
name=EL8 Lab - BaseOS
baseurl=${mirrorUrl}/base/
enabled=1
gpgcheck=1
gpgkey=file:///etc/pki/rpm-gpg/RPM-GPG-KEY-base
`,
        "/etc/kernel/install.conf": "layout=other\n",
        "/etc/kernel/cmdline": `${commandLine}\n`,
        "/etc/sysconfig/kernel": "UPDATEDEFAULT=yes\nDEFAULTKERNEL=kernel-core\n",
    };
}

/** Symbolic links: path → what it points to. */
export function guestLinks(): Record<string, string> {
    const off = (folder: string, names: string[]) =>
        Object.fromEntries(names.map((name) => [`${folder}/${name}`, "/dev/null"]));
    return {
        "/usr/bin/yum": "dnf",
        // EL8's names of GRUB's tools and its folder.
        "/usr/bin/grub2-editenv": "grub-editenv",
        "/usr/sbin/grub2-reboot": "grub-reboot",
        "/usr/sbin/grub2-set-default": "grub-set-default",
        "/boot/grub2": "grub",
        // Of Debian's plugins of kernel-install none has a place here: 20-grub.install does it all, and the index of modules is packed.
        ...off("/etc/kernel/install.d", [
            "50-depmod.install",
            "55-initrd.install",
            "90-loaderentry.install",
            "90-uki-copy.install",
        ]),
        ...off("/etc/systemd/system", [
            "apt-daily.timer",
            "apt-daily-upgrade.timer",
            "dpkg-db-backup.timer",
            "e2scrub_all.timer",
            "e2scrub_reap.service",
            "fstrim.timer",
            "dnf-makecache.timer",
            "systemd-networkd-wait-online.service",
            "getty@tty1.service",
        ]),
    };
}

/** Programs of lab/vm/guest → their places, mode 0755. */
export const guestPrograms: Record<string, string> = {
    grubby: "/usr/sbin/grubby",
    "grub2-mkconfig": "/usr/sbin/grub2-mkconfig",
    "20-grub.install": "/etc/kernel/install.d/20-grub.install",
};

/**
 * What is done inside of the guest's root folder, at last: users, services, and the system's own RPM packages through dnf, with
 * their scripts. `packages` is the base repository's folder there.
 */
export function guestSetup(packages: string): string {
    return `set -eu
echo 'root:*' | chpasswd --encrypted
useradd --create-home --shell /bin/bash ${sudoUser}
echo '${sudoUser}:*' | chpasswd --encrypted
grub-editenv /boot/grub/grubenv create
systemctl --quiet enable systemd-networkd ssh chrony
# As on a fresh EL8 host: NFS is installed, and nothing of it runs or is enabled.
systemctl --quiet disable nfs-server rpc-statd-notify nfs-blkmap nfs-client.target rpcbind.service rpcbind.socket || true
rm -f /etc/os-release # Debian's link; el8-release brings the file
rpm --import /etc/pki/rpm-gpg/RPM-GPG-KEY-base
dnf --quiet --assumeyes --disablerepo='*' --repofrompath=own,file://${packages} \\
    --setopt=own.gpgcheck=1 --setopt=own.gpgkey=file:///etc/pki/rpm-gpg/RPM-GPG-KEY-base \\
    install bash el8-release kernel lab-config-1
rm -rf /var/cache/dnf /var/lib/dnf/repos ${packages} /usr/share/doc/* /usr/share/man/* /usr/share/locale/*
`;
}
