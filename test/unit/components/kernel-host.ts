/** An EL 8 host with an old kernel and elrepo's web server, as far as the steps of the kernel upgrade can tell. */
import { kernelScript } from "../../../components/nodes/kernel/script.ts";
import { kernelSchema } from "../../../settings/kernel.ts";
import { type FakeHost, fakeHost } from "./fake-host.ts";

export const fingerprint = "96C0104F631547311E0BB1AE309BC305BAADAE52";
export const old = "4.18.0-240.el8.x86_64";
export const release = "6.12.117-1.el8.elrepo";
export const fresh = `${release}.x86_64`;
const web = "http://elrepo.lab.test";
const osRelease = (platform: string, name: string) => `PLATFORM_ID="${platform}"\nPRETTY_NAME="${name}"\n`;

export const settings = (more: object = {}) =>
    kernelSchema.parse({
        version: "6.12.117",
        elrepo: {
            keys: [{ url: `${web}/key`, fingerprint }],
            release: { el8: { url: `${web}/elrepo-release.rpm` } },
        },
        ...more,
    });

/** The root folder's state files: `running` (uname -r), `available`, `installed` (version-releases), `log` of a failing dnf. */
const commands = {
    uname: `k=$(cat $ROOT/running); case $1 in -r) echo $k ;; -m) echo x86_64 ;; *) echo "Linux $k x86_64" ;; esac`,
    dnf: `case " $* " in
        *" repoquery "*installsize*) echo 100000000 60000000 ;;
        *" repoquery "*) [ ! -s $ROOT/log ] || { cat $ROOT/log >&2; exit 1; }; cat $ROOT/available ;;
        *" repolist "*) cat $ROOT/repolist ;;
        *" kernel-ml-"*) [ ! -s $ROOT/log ] || { cat $ROOT/log; exit 1; }
            cp $ROOT/available $ROOT/installed; kernel-install add ${fresh} ;;
        esac`,
    rpm: `case "$*" in
        "-qf "*${fresh}*) echo "kernel-ml-core ${release}" ;;
        "-qf "*) echo "kernel-core 4.18.0-240.el8" ;;
        *"-ql"*) echo /lib/modules/${fresh}/vmlinuz ;;
        *"-V"*kernel-ml*) cat $ROOT/damaged 2>/dev/null ;;
        *pgpsig*) echo "RSA/SHA256, Key ID 309bc305baadae52" ;;
        *"-q --qf"*kernel-ml-core*) cat $ROOT/installed ;;
        "-q kernel-ml"*) [ -s $ROOT/installed ] ;;
        *"-qp"*"%{NAME}"*) printf elrepo-release ;;
        *"-qp"*) printf %s "$(cat $ROOT/web/version)" ;;
        "-q "*elrepo-release*) [ -e $ROOT/elrepo-release ] && printf 8.4-2.el8.elrepo ;;
        *" -K "*) echo "x.rpm: $(cat $ROOT/web/signature)" ;;
        esac`,
    curl: `for last; do :; done; while [ "$1" != --output ]; do shift; done
        cp $ROOT/web/\${last##*/} $2 2>/dev/null || { echo "curl: (7) Failed to connect" >&2; exit 7; }`,
    // A key file is a list of fingerprints.
    gpg: `for last; do :; done; while read -r one; do echo "pub:-:4096:"; echo "fpr:::::::::$one:"; echo "sub:-:"; echo "fpr:::::::::SUB:"; done <$last`,
    df: `printf 'Filesystem 1024-blocks Used Available Capacity Mounted\\n/dev/a 1 1 %s 1%% /\\n' $(cat $ROOT/free)`,
    "systemd-run": `while case $1 in --*) true ;; *) false ;; esac; do shift; done; exec "$@"`,
    systemctl: `[ -s $ROOT/main-pid ] && cat $ROOT/main-pid`,
    "kernel-install": `[ -e $ROOT/boot-full ] && exit 0
        cp $ROOT/lib/modules/$2/vmlinuz $ROOT/boot/vmlinuz-$2
        printf 'linux /vmlinuz-%s\\ninitrd /initramfs-%s.img $tuned_initrd\\noptions ro\\n' $2 $2 >$ROOT/boot/loader/entries/a1-$2.conf
        echo image >$ROOT/boot/initramfs-$2.img; echo $2 >$ROOT/default`,
    grubby: `case $1 in --default-kernel) echo /boot/vmlinuz-$(cat $ROOT/default) ;;
        --set-default=*) echo \${1#*vmlinuz-} >$ROOT/default ;; esac`,
    "grub2-reboot": `echo $1 >$ROOT/next`,
    "grub2-editenv": `echo "saved_entry=$(cat $ROOT/default)"; echo "next_entry=$(cat $ROOT/next)"
        echo "kernelopts=$(cat $ROOT/kernelopts)"`,
    findmnt: `cat $ROOT/boot-device`,
    sync: "",
};

export interface KernelHost extends FakeHost {
    /** Runs steps/<name>.sh or turn/<name>.sh; `more` goes over the settings. */
    step(file: string, more?: object): ReturnType<FakeHost["run"]>;
    /** Calls that change packages. */
    changes(): string[];
}

export function kernelHost(): KernelHost {
    const host = fakeHost(commands, {
        running: old,
        available: `${release}\n`,
        installed: "",
        default: old,
        next: "",
        kernelopts: "root=/dev/sda2 ro",
        free: "9000000",
        log: "",
        "boot-device": "/dev/sda1\n",
        "etc/os-release": osRelease("platform:el8", "Rocky Linux 8.10"),
        "etc/redhat-release": "Rocky Linux release 8.10\n",
        "proc/sys/kernel/random/boot_id": "c0ffee\n",
        "web/key": `${fingerprint}\n`,
        "web/elrepo-release.rpm": "package",
        "web/version": "8.4-2.el8.elrepo",
        "web/signature": "digests signatures OK",
        repolist: "repo id repo name status\nelrepo ELRepo enabled\nelrepo-kernel ELRepo disabled\n",
        [`lib/modules/${old}/vmlinuz`]: "old",
        [`lib/modules/${fresh}/vmlinuz`]: "new",
        [`boot/vmlinuz-${old}`]: "old",
        [`boot/loader/entries/a1-${old}.conf`]: `linux /vmlinuz-${old}\n`,
        "boot/grub2/grub.cfg": 'if [ "$next_entry" ]\n',
    });
    return {
        ...host,
        step: (file, more) => host.run(kernelScript(`${file}.sh`, "worker-1", settings(more), host.root)),
        changes: () =>
            host.calls().filter((call) => /^dnf .*\b(install|reinstall|update|remove)\b|^rpm --import/.test(call)),
    };
}

export const otherSystem = (platform: string, name: string) => osRelease(platform, name);
