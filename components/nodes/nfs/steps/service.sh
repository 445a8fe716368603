# Step "service": the server, now and after a reboot. nfs-server.service is its name on EL and on Debian.
UNIT=nfs-server.service

up() {
    # The server wants rpcbind, and does not start where somebody has masked it (facts.md 6).
    for unit in rpcbind.socket rpcbind.service; do
        [ "$(systemctl is-enabled $unit 2>/dev/null)" = masked ] || continue
        mark "unmasked-$unit"
        systemctl unmask $unit || fail "$unit is masked and cannot be unmasked" "systemctl unmask $unit"
        say "unmasked $unit"
    done
    if systemctl is-enabled --quiet $UNIT 2>/dev/null; then
        say "$UNIT is enabled"
    else
        mark enabled
        systemctl enable $UNIT || fail "$UNIT cannot be enabled" "systemctl status $UNIT"
    fi
    if ! systemctl is-active --quiet $UNIT; then
        mark started
        systemctl start $UNIT || fail "$UNIT does not start" "systemctl status $UNIT; journalctl -u $UNIT"
    fi
    systemctl is-active --quiet $UNIT || fail "$UNIT has ended at once" "systemctl status $UNIT; journalctl -u $UNIT"
    say "$UNIT is active"
}

down() {
    others=$(others_exported)
    if [ -n "$others" ]; then
        say "$UNIT goes on: it exports" $others
        return 0
    fi
    if marked started; then
        systemctl stop $UNIT || fail "$UNIT cannot be stopped" "systemctl status $UNIT"
        unmark started
        say "stopped $UNIT"
    else
        say "$UNIT was active before, and goes on"
    fi
    if marked enabled; then
        systemctl disable $UNIT
        unmark enabled
    fi
    for unit in rpcbind.socket rpcbind.service; do
        if ! marked "unmasked-$unit"; then continue; fi
        systemctl stop $unit 2>/dev/null || :
        systemctl mask $unit
        unmark "unmasked-$unit"
        say "masked $unit again"
    done
}
