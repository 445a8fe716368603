# Turn, "needed": 0 when the node has to boot another kernel, 3 when it runs it already.
main() {
    know_target
    if [ "$(uname -r)" = "$KVER" ]; then
        say "runs $KVER already: no reboot"
        exit 3
    fi
    say "runs $(uname -r), is to run $KVER"
}
