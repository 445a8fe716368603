# Step "kernel": kernel-ml from elrepo-kernel, with its boot entry. The default stays as it is until the node's turn. (manual run 4)
main() {
    unless_at_target --refresh
    join_earlier
    choose
    if whole "$CHOSEN"; then
        say "kernel-ml $CHOSEN is installed"
    elif [ -n "$(installed_versions | grep -Fx -e "$CHOSEN")" ]; then
        say "kernel-ml $CHOSEN is not whole on this host, as after a power cut: installing it again"
        enough_room
        from_elrepo "installing kernel-ml $CHOSEN again" reinstall "kernel-ml*-$CHOSEN"
    else
        enough_room
        from_elrepo "installing kernel-ml $CHOSEN" install "kernel-ml-$CHOSEN"
    fi
    whole "$CHOSEN" --nofiledigest || fail "kernel-ml $CHOSEN is not whole after its installation: $(rpm -V "kernel-ml-core-$CHOSEN" 2>&1 | head -n 3)" \
        "look at $STATE/last.log on this host"
    refuse_other_signers
    boot_entry
    [ "$SAFE_BOOT" != yes ] || [ -z "$(default_kernel)" ] || set_default "$(uname -r)"
    say "kernel-ml $CHOSEN is installed, its boot entry is there; the default is $(default_kernel) until this node's turn"
}

from_elrepo() {
    what=$1
    shift
    # With -y, dnf trusts what the repository names as its key: it is given the compared ones in place of that.
    trusted=$(keys | while read -r fingerprint url; do
        have_key "$fingerprint" "$url" </dev/null
        printf ',file://%s' "$(key_file "$fingerprint")"
    done)
    transaction "$what" -y --enablerepo="$KERNEL_REPOSITORY" \
        --setopt="$KERNEL_REPOSITORY.gpgcheck=1" --setopt="$KERNEL_REPOSITORY.gpgkey=${trusted#,}" "$@"
}

# Sets CHOSEN: the newest version-release that answers to VERSION, of the repository or, where that has it no more, of this host.
choose() {
    there=$(available_versions --refresh)
    CHOSEN=$({ printf '%s\n' "$there"; installed_versions; } | grep . | wanted | newest)
    next="set m3perf:kernel.version to one of these"
    [ -n "$there" ] || next="see that m3perf:kernel.elrepo.kernelRepository is the repository of kernel-ml, and its mirror whole"
    [ -n "$CHOSEN" ] || fail "kernel-ml $VERSION is not in $KERNEL_REPOSITORY; there is: $(say ${there:-none})" "$next"
    say "kernel-ml $VERSION is $CHOSEN"
}

# whole VERSION-RELEASE [OPTION OF rpm -V]: the packages are there with their files as they were packed; what may change
# (configuration, ghosts) does not count.
whole() {
    rpm -q "kernel-ml-core-$1" "kernel-ml-modules-$1" >/dev/null 2>&1 &&
        [ -z "$(rpm -V --nodeps ${2:-} "kernel-ml-core-$1" "kernel-ml-modules-$1" 2>/dev/null |
            awk '$2 ~ /^[a-z]$/ { next } $1 == "missing" || $1 ~ /[S5]/')" ]
}

# Another repository of the host may have a kernel-ml, too, and may not check signatures: who signed what is installed?
refuse_other_signers() {
    for package in "kernel-ml-core-$CHOSEN" "kernel-ml-modules-$CHOSEN"; do
        signature=$(rpm -q --qf '%{SIGPGP:pgpsig} %{SIGGPG:pgpsig} %{RSAHEADER:pgpsig} %{DSAHEADER:pgpsig}\n' "$package")
        keys | while read -r fingerprint _; do
            printf '%s\n' "$signature" | grep -i "key id $(printf %s "$fingerprint" | tail -c 16)" || true
        done | grep -q . || fail "$package is installed, but not signed by a pinned key ($signature)" \
            "remove it (rpm -e $package), and see which repository gave it (dnf info kernel-ml)"
    done
}

# MiB: what the packages need by their own account, and in /boot the image and an initramfs as large as today's.
enough_room() {
    sizes=$(ask "asking for the size of kernel-ml $CHOSEN" --disablerepo='*' --enablerepo="$KERNEL_REPOSITORY" repoquery \
        --available --qf '%{installsize} %{downloadsize}' "kernel-ml-core-$CHOSEN" "kernel-ml-modules-$CHOSEN")
    set -- $(printf '%s\n' "$sizes" | awk '{ i += $1; d += $2 } END { printf "%d %d", i / 2^20 + 20, d / 2^20 + 50 }')
    initramfs=$(find "$ROOT/boot" -maxdepth 1 -name "initramfs-$(uname -r).img" -exec du -m {} + | cut -f 1)
    room /lib/modules "$1" /var "$2" /boot $((${initramfs:-0} * 3 / 2 + 30))
}

# dnf says that all went well even where the script that makes the boot entry did not, or the disk was full for it.
boot_entry() {
    kver=$(kver_of "$CHOSEN")
    problem=$(entry_problem "$kver")
    [ -n "$problem" ] || return 0
    say "$problem: making the boot entry again"
    kept kernel-install add "$kver" "$ROOT/lib/modules/$kver/vmlinuz" || true
    problem=$(entry_problem "$kver")
    [ -z "$problem" ] || fail "kernel-ml $CHOSEN is installed, but $problem" \
        "run kernel-install add $kver /lib/modules/$kver/vmlinuz on this host, and see why it fails (space in /boot?)"
}
