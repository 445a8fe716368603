# Step "uname": proof that the kernel asked for runs, and is the default of the next boot. (manual run 6)
main() {
    know_target
    [ "$(uname -r)" = "$KVER" ] || fail "runs $(uname -r), not $KVER (kernel-ml $TARGET)" \
        "reboot it in its turn: pulumi up --replace '**-$NODE-reboot'"
    set_default "$KVER"
    uname -msr
    say "boot id $(cat "$ROOT/proc/sys/kernel/random/boot_id")"
}
