# The boot loader as EL has it: entries in /boot/loader/entries (BLS), the default and the next boot in grubenv.

# entry_of KVER: the entry's file. Its name without .conf is the entry's id.
entry_of() {
    for file in "$ROOT"/boot/loader/entries/*"-$1.conf"; do
        [ -f "$file" ] && printf '%s\n' "$file" && return 0
    done
    return 1
}

# What keeps the boot loader from starting this kernel, in words; nothing when it can.
entry_problem() {
    image=$ROOT/boot/vmlinuz-$1
    [ -s "$image" ] || { say "/boot/vmlinuz-$1 is missing" && return; }
    cmp -s "$image" "$ROOT/lib/modules/$1/vmlinuz" || { say "/boot/vmlinuz-$1 is not the package's" && return; }
    [ -d "$ROOT/boot/loader/entries" ] || return 0 # not a BLS system: grubby has its own list
    entry=$(entry_of "$1") || { say "there is no boot entry for $1" && return; }
    # Paths are relative to the file system of /boot. $tuned_initrd and the like are GRUB's own.
    for path in $(sed -n 's/^\(linux\|initrd\)[[:space:]]//p' "$entry"); do
        case $path in '$'*) continue ;; esac
        [ -s "$ROOT$path" ] || [ -s "$ROOT/boot$path" ] || { say "the boot entry names $path, which is missing" && return; }
    done
}

default_kernel() { grubby --default-kernel 2>/dev/null | sed 's|.*/vmlinuz-||'; }

# set_default KVER
set_default() {
    [ "$(default_kernel)" = "$1" ] && return 0
    grubby --set-default="/boot/vmlinuz-$1" >/dev/null
    [ "$(default_kernel)" = "$1" ] || fail "the boot loader did not take $1 as its default (it has $(default_kernel))" \
        "look at grubby --info=ALL and grub2-editenv list on this host"
}

# Why this boot loader cannot start a kernel just once; nothing when it can.
no_boot_once() {
    for tool in grub2-reboot grub2-editenv; do
        command -v $tool >/dev/null 2>&1 || { say "there is no $tool" && return; }
    done
    entry_of "$1" >/dev/null || { say "its entries have no ids (no BLS)" && return; }
    grep -qs next_entry "$ROOT"/boot/grub2/grub.cfg "$ROOT"/boot/grub/grub.cfg "$ROOT"/boot/efi/EFI/*/grub.cfg ||
        { say "its configuration does not ask for the next entry (GRUB_DEFAULT is not saved)" && return; }
    # GRUB clears the wish for one boot itself, which it can on plain partitions only (GRUB manual, "Environment block").
    environment=$(readlink -f "$ROOT/boot/grub2/grubenv") # with UEFI on EL 8 it lies on the firmware's partition
    case $(findmnt --noheadings --output SOURCE --target "${environment%/*}" 2>/dev/null) in
    /dev/mapper/* | /dev/md* | /dev/dm-*) say "${environment#"$ROOT"} is not on a plain partition, so GRUB cannot write it" ;;
    esac
}
