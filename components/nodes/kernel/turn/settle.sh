# Turn, "settle": the new kernel has proved itself and becomes the default.
main() {
    know_target
    if [ -e "$STATE/panic-$KVER" ]; then
        grubby --update-kernel="/boot/vmlinuz-$KVER" --remove-args=panic=10 >/dev/null
        rm -f "$STATE/panic-$KVER"
    fi
    set_default "$KVER"
    sync
    say "default: $KVER"
}
