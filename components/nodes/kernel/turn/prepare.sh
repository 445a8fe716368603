# Turn, "prepare": the next boot goes into the new kernel; where the boot loader can, only that one (facts.md 6, "Safe first boot").
main() {
    know_target
    problem=$(entry_problem "$KVER")
    [ -z "$problem" ] || fail "cannot boot $KVER: $problem" "run it again with: pulumi up --replace '**-$NODE-kernel'"
    if [ "$SAFE_BOOT" != yes ]; then
        set_default "$KVER"
        say "default: $KVER (m3perf:kernel.safeBoot is off: no falling back by itself)"
    else
        reason=$(no_boot_once "$KVER")
        if [ -n "$reason" ]; then
            set_default "$KVER"
            say "this boot loader cannot try a kernel once: $reason. Default: $KVER; it will not fall back by itself"
        else
            set_default "$(uname -r)"
            once "$KVER"
        fi
    fi
    sync
}

once() {
    panic_reboots "$1"
    id=$(basename "$(entry_of "$1")" .conf)
    grub2-reboot "$id"
    grub2-editenv list | grep -q "^next_entry=$id\$" || fail "the boot loader did not take $id for the next boot" \
        "look at grub2-editenv list on this host"
    say "next boot, once: $1; default, to fall back to: $(default_kernel)"
}

# A kernel that panics stands still unless told to reboot. Kept for this boot only: "settle" takes it back.
panic_reboots() {
    has_panic "$1" && return 0
    grubby --update-kernel="/boot/vmlinuz-$1" --args=panic=10 >/dev/null || return 0
    state_folder
    : >"$STATE/panic-$1"
}

# Whether the entry reboots after a panic by itself. EL 8's says "$kernelopts", and the arguments are in grubenv.
has_panic() {
    entry=$(entry_of "$1")
    grep -qE '(^|[[:space:]])panic=[1-9]' "$entry" && return 0
    grep -qE '^options[[:space:]](.*[[:space:]])?\$kernelopts([[:space:]]|$)' "$entry" || return 1
    grub2-editenv list | grep -qE '^kernelopts=(.*[[:space:]])?panic=[1-9]'
}
