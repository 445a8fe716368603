# Step "release": what this host is, before anything is changed. (manual run 2)
main() {
    for file in redhat-release os-release; do
        [ ! -r "$ROOT/etc/$file" ] || { say "/etc/$file:" && cat "$ROOT/etc/$file"; }
    done
    uname -msr
    know_release
    [ "$(uname -m)" = x86_64 ] || fail "is $(uname -m); elrepo has kernel-ml for x86_64" "leave it out of m3perf:kernel.nodes"
    unless_at_target --refresh
    refuse_secure_boot
    say "is to run kernel-ml $VERSION"
}

# Firmware that checks signatures refuses elrepo's kernels until their key is enrolled, by hand at the console.
refuse_secure_boot() {
    for state in "$ROOT"/sys/firmware/efi/efivars/SecureBoot-*; do
        [ -r "$state" ] || continue
        [ "$(od -An -tu1 -j4 -N1 "$state" | tr -d ' ')" = 1 ] || continue
        mokutil --list-enrolled 2>/dev/null | grep -qi elrepo ||
            fail "Secure Boot is on and elrepo's key is not enrolled: this host would not start the new kernel" \
                "enrol SECURE-BOOT-KEY-elrepo.org.der (mokutil --import, then confirm at the console), or switch Secure Boot off"
    done
}
