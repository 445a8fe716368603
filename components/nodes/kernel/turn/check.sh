# Turn, "check": the host came back with the new kernel.
main() {
    know_target
    [ "$(uname -r)" = "$KVER" ] || fail "came back with $(uname -r), not $KVER: the new kernel did not start, and the boot loader fell back" \
        "see its console for the reason (journalctl -b -1 where it got that far), and set m3perf:kernel.version to another version"
    uname -msr
}
