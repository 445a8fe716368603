/** Debian packages for virtual machines: on this machine, to make and run them, and inside of them. */

/** Package → why this machine needs it. Beside those of the lab: only who runs VMs installs these. */
const hostPackageReasons: Record<string, string> = {
    mmdebstrap: "makes the guest's root folder from Debian packages",
    "qemu-system-x86": "runs the machines, by plain emulation (no KVM)",
    "qemu-utils": "qemu-img: the base image and the overlays",
    rpm: "rpmbuild and rpmsign: the packages of the local repositories",
    "createrepo-c": "the repositories' metadata",
    gpg: "the keys that sign the packages",
    "gpg-agent": "holds the signing keys while the packages are signed",
    "grub-common": "grub-mkimage: the boot loader on the image's disk",
    "grub-pc-bin": "GRUB's modules for a PC's BIOS",
    fdisk: "sfdisk: the disk's partition table",
    e2fsprogs: "mkfs.ext4 makes the file system from a folder, without mounting",
    kmod: "depmod: the index of the kernels' modules",
    socat: "carries the guest's requests to the repository server (qemu's guestfwd)",
    "openssh-client": "ssh-keygen for the machines' keys, ssh to them",
};

export const hostPackages = Object.keys(hostPackageReasons);

/** Package → why it is in the guest, beside those that Debian cannot be without. */
const guestPackageReasons: Record<string, string> = {
    systemd: "init, kernel-install, systemd-run, as on EL8",
    "systemd-sysv": "/sbin/init, reboot, poweroff",
    udev: "devices and network links",
    dbus: "timedatectl, hostnamectl",
    kmod: "modprobe",
    procps: "sysctl, ps",
    iproute2: "ip",
    "openssh-server": "the way in",
    sudo: "for users that are not root",
    dnf: "the package manager that is under test; yum is a name of it, as on EL8",
    rpm: "the package database that is under test",
    gpg: "fingerprints of keys, before rpm imports them",
    curl: "fetches keys and packages",
    "grub-common": "grub-editenv (grub2-editenv there)",
    "grub2-common": "grub-reboot, grub-set-default (grub2-… there)",
    "nfs-kernel-server": "NFS exports (nfs-utils there)",
    "nfs-common": "mounts NFS",
    chrony: "EL8's time service",
    nftables: "the network of a host is cut by it (operations/scenarios/nodes)",
};

export const guestPackages = Object.keys(guestPackageReasons);
