/** Spec files of the local repositories' packages. Pure: what they pack lies in folders that are named in them. */

/** Elrepo's and the base repository's addresses in the guest; /etc/hosts there knows the names. */
const elrepoUrl = "http://elrepo.lab.test";
export const mirrorUrl = "http://mirror.lab.test";

/** No stripping, no debug packages, no dependencies found by looking into the files: they are another system's. */
const header = `%define __os_install_post %{nil}
%define _build_id_links none
%define debug_package %{nil}
%define _binary_payload w2.zstdio
AutoReqProv: no
License: GPL-2.0`;

export interface KernelPackage {
    /** "kernel" or "kernel-ml". */
    name: string;
    version: string;
    /** "1.el8.elrepo". */
    release: string;
    /** As the kernel's folder in /lib/modules is named. */
    kver: string;
    image: string;
    config: string;
    /** Its folder of modules; none: a package with an empty one. */
    modules?: string;
    /** Shell lines that run after the boot entry was made, with the entry's file in $entry: for kernels that fail on purpose. */
    afterEntry?: string;
}

/**
 * A kernel as EL8 and elrepo cut it: NAME requires NAME-core (image and boot entry) and NAME-modules. Unlike theirs, with an index
 * of modules in the package and without an initramfs.
 */
export function kernelSpec(kernel: KernelPackage): string {
    const { name, kver, modules, afterEntry } = kernel;
    const provided = kver.replaceAll("-", "_"); // a version in a Provides has one dash at most
    const folder = `/lib/modules/${kver}`;
    const fill = modules
        ? `cp -a "${modules}/." %{buildroot}${folder}/\nrm -f %{buildroot}${folder}/build %{buildroot}${folder}/source`
        : `mkdir %{buildroot}${folder}/kernel\ntouch %{buildroot}${folder}/modules.order %{buildroot}${folder}/modules.builtin`;
    const after = afterEntry
        ? `read -r machine </etc/machine-id\nentry=/boot/loader/entries/$machine-${kver}.conf\n${afterEntry}\n`
        : "";
    return `Name: ${name}
Version: ${kernel.version}
Release: ${kernel.release}
Summary: The Linux kernel
${header}
Requires: ${name}-core = %{version}-%{release}
Requires: ${name}-modules = %{version}-%{release}

%description
The kernel's image and modules.

%package core
Summary: The Linux kernel
AutoReqProv: no
Provides: installonlypkg(kernel)
Provides: ${name}-uname-r = ${provided}
Requires: ${name}-modules-uname-r = ${provided}

%description core
The kernel's image.

%package modules
Summary: Modules of the Linux kernel
AutoReqProv: no
Provides: installonlypkg(kernel-module)
Provides: ${name}-modules-uname-r = ${provided}

%description modules
The kernel's modules.

%prep
%build

%install
mkdir -p %{buildroot}${folder}
${fill}
depmod -b %{buildroot} ${kver}
install -m755 "${kernel.image}" %{buildroot}${folder}/vmlinuz
install -m644 "${kernel.config}" %{buildroot}${folder}/config

%files

%files core
${folder}/vmlinuz
${folder}/config

%files modules
%dir ${folder}
${folder}/kernel
${folder}/modules.*

%posttrans core
/usr/bin/kernel-install add ${kver} ${folder}/vmlinuz || exit $?
${after}
%preun core
/usr/bin/kernel-install remove ${kver} ${folder}/vmlinuz || exit $?
`;
}

export interface FilesPackage {
    name: string;
    version: string;
    release: string;
    provides?: string[];
    /** Path in the guest → text. */
    files: Record<string, string>;
}

/** A package of text files. `folder` holds them, by their paths in the guest. */
export function filesSpec(files: FilesPackage, folder: string): string {
    return `Name: ${files.name}
Version: ${files.version}
Release: ${files.release}
Summary: ${files.name}
BuildArch: noarch
${header}
${(files.provides ?? []).map((what) => `Provides: ${what}`).join("\n")}

%description
${files.name}

%prep
%build

%install
cp -a "${folder}/." %{buildroot}/

%files
${Object.keys(files.files).join("\n")}
`;
}

/** Packages of the base system, beside its kernel. */
export function basePackages(): FilesPackage[] {
    const config = (version: string): FilesPackage => ({
        name: "lab-config",
        version,
        release: "1.el8",
        files: { "/etc/lab-config": `v${version}\n` },
    });
    return [
        {
            name: "el8-release",
            version: "8.10",
            release: "1.el8",
            provides: ["system-release = 8", "system-release(releasever) = 8", "redhat-release = 8.10"],
            files: { "/etc/redhat-release": "EL8 Lab Linux release 8.10 (Green Test)\n", "/etc/os-release": osRelease },
        },
        // rpm makes every package with a script require /bin/sh; the guest's own shell is Debian's, which rpm does not know.
        {
            name: "bash",
            version: "4.4.20",
            release: "5.el8",
            provides: ["/bin/sh", "/bin/bash"],
            files: { "/usr/share/lab-stub/bash": "Debian's bash stands in for this package.\n" },
        },
        config("1"),
        config("2"), // what "yum update" has to do
    ];
}

const osRelease = `NAME="EL8 Lab Linux"
VERSION="8.10 (Green Test)"
ID="el8lab"
ID_LIKE="rhel centos fedora"
VERSION_ID="8.10"
PLATFORM_ID="platform:el8"
PRETTY_NAME="EL8 Lab Linux 8.10 (Green Test)"
`;

const keyPath = "/etc/pki/rpm-gpg/RPM-GPG-KEY-elrepo.org";

/** As elrepo's own: elrepo enabled, elrepo-kernel not. */
export function elrepoRelease(key: string): FilesPackage {
    const section = (id: string, what: string, enabled: 0 | 1) => `[${id}]
name=ELRepo.org Community Enterprise Linux ${what} - el8
baseurl=${elrepoUrl}/${id}/
enabled=${enabled}
gpgcheck=1
gpgkey=file://${keyPath}
`;
    return {
        name: "elrepo-release",
        version: "8.4",
        release: "2.el8.elrepo",
        files: {
            [keyPath]: key,
            "/etc/yum.repos.d/elrepo.repo": `${section("elrepo", "Repository", 1)}\n${section("elrepo-kernel", "Kernel Repository", 0)}`,
        },
    };
}
