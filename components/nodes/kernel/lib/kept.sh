# Work that must not end halfway: it runs as a unit of systemd, which goes on when the SSH connection is cut, and writes to a
# file, not to the connection, whose end would kill it (SIGPIPE). The next run waits for it and finds it done.
UNIT=m3perf-kernel

# kept COMMAND…: its output is shown as it comes and stays in $LOG; returns its exit code.
kept() {
    join_earlier
    state_folder
    LOG=$STATE/last.log
    rm -f "$STATE/last.status"
    : >"$LOG"
    systemd-run --quiet --collect --wait --unit="$UNIT" --description="kernel upgrade by m3perf" \
        --setenv=LC_ALL=C --setenv=PATH="$PATH" /bin/sh -c '
            log=$1 status=$2; shift 2; code=0
            "$@" >"$log" 2>&1 </dev/null || code=$?
            echo $code >"$status.new" && mv "$status.new" "$status"' sh "$LOG" "$STATE/last.status" "$@" &
    waiter=$!
    tail -s 0.2 --pid=$waiter -n +1 -f "$LOG" || true
    wait $waiter || true
    [ -s "$STATE/last.status" ] ||
        fail "systemd did not run: $*" "systemctl status $UNIT, journalctl -u $UNIT on the host; then run it again"
    return "$(cat "$STATE/last.status")"
}

# Waits for what an earlier run, cut off, has left at work on this host.
join_earlier() {
    pid=$(systemctl show --property=MainPID --value "$UNIT.service" 2>/dev/null) || pid=
    case $pid in '' | 0) return 0 ;; esac
    say "an earlier run is still at work on this host; waiting for it:"
    tail -s 0.2 --pid="$pid" -n +1 -f "$STATE/last.log" || true
    say "the earlier run has ended"
}
