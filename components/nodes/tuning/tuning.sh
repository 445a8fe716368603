# set: what M3DB asks of its host, now and on every boot. restore: what was there before, exactly. What was there is kept in
# $BEFORE the first time only, one file for each thing, so that whatever was interrupted can be run again.
export LC_ALL=C
export PATH="$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
umask 022
BEFORE=$ROOT/var/lib/m3perf/tuning
# Last in the alphabet: a file that comes later wins, also over 99-sysctl.conf (sysctl.d(5)).
SYSCTL=$ROOT/etc/sysctl.d/zz-m3perf.conf
FSTAB=$ROOT/etc/fstab
MARK='#m3perf-off# '

say() { printf '%s\n' "$*"; }

fail() {
    printf '%s: %s\n  what to do: %s\n' "$NODE" "$1" "$2" >&2
    exit 1
}

# remember NAME VALUE: unless it is remembered already.
remember() {
    [ ! -e "$BEFORE/$1" ] || return 0
    printf '%s\n' "$2" >"$BEFORE/.new" && mv "$BEFORE/.new" "$BEFORE/$1"
}

file_of() { printf '%s/proc/sys/%s\n' "$ROOT" "$(printf %s "$1" | tr . /)"; }

put() {
    file=$(file_of "$1")
    [ "$(cat "$file")" = "$2" ] || printf '%s\n' "$2" >"$file" || fail "$1 cannot be set to $2" "see who may change it on this host"
}

set_tuning() {
    mkdir -p "$BEFORE" && chmod 700 "$BEFORE"
    parameters | {
        lines=
        while read -r how key value; do
            now=$(cat "$(file_of "$key")")
            remember "$key" "$now"
            [ "$how" != at-least ] || [ "$now" -lt "$value" ] || value=$now
            put "$key" "$value"
            say "$key = $value (was $(cat "$BEFORE/$key"))"
            lines="$lines$key = $value
"
        done
        mkdir -p "${SYSCTL%/*}"
        printf '# M3DB (m3perf): removed when its stack is destroyed\n%s' "$lines" >"$SYSCTL.new" && mv "$SYSCTL.new" "$SYSCTL"
    }
    swap_off
    open_files
}

swaps() { [ ! -r "$ROOT/proc/swaps" ] || awk 'NR > 1 { print $1 }' "$ROOT/proc/swaps"; }

# Units that switch swap on at boot, other than those that stand for lines of fstab (zram, partitions found by their type).
swap_units() {
    systemctl list-units --type=swap --plain --no-legend 2>/dev/null | while read -r unit _; do
        [ "$(systemctl show --property=SourcePath --value "$unit")" = /etc/fstab ] || printf '%s\n' "$unit"
    done
}

swap_off() {
    remember swaps "$(swaps)"
    remember swap-units "$(swap_units)"
    for unit in $(cat "$BEFORE/swap-units"); do systemctl mask --quiet "$unit"; done
    if [ -f "$FSTAB" ] && grep -qE "$SWAP_LINE" "$FSTAB"; then
        sed -i -E "s/$SWAP_LINE/$MARK&/" "$FSTAB"
        reload
    fi
    [ -z "$(swaps)" ] || swapoff -a || fail "swap cannot be switched off" "free memory for what is in it (free -m), then run it again"
    say "swap is off (was on: $(paste -s -d ' ' "$BEFORE/swaps"))"
}

# A line of fstab that is no comment and whose third word is swap.
SWAP_LINE='^[[:space:]]*[^#[:space:]]+[[:space:]]+[^[:space:]]+[[:space:]]+swap([[:space:]]|$)'

drop_in() { printf '%s/etc/systemd/system/%s.service.d/50-m3perf.conf\n' "$ROOT" "$1"; }

# Containers inherit the limit from their runtime. A service that allows as much already keeps its own.
open_files() {
    for service in containerd crio docker kubelet; do
        systemctl cat "$service.service" >/dev/null 2>&1 || continue
        file=$(drop_in "$service")
        limit=$(systemctl show --property=LimitNOFILE --value "$service.service")
        case $limit in infinity) continue ;; '' | *[!0-9]*) limit=0 ;; esac
        [ ! -e "$file" ] && [ "$limit" -ge "$OPEN_FILES" ] && continue
        [ -d "${file%/*}" ] || remember "folder-of-$service" ours
        mkdir -p "${file%/*}"
        printf '# M3DB (m3perf): removed when its stack is destroyed\n[Service]\nLimitNOFILE=%s\n' "$OPEN_FILES" >"$file"
        say "$service: LimitNOFILE=$OPEN_FILES from its next start on (now $limit); it is not restarted"
    done
    reload
}

reload() { ! command -v systemctl >/dev/null 2>&1 || systemctl daemon-reload || true; }

restore_tuning() {
    if [ ! -d "$BEFORE" ]; then
        say "nothing is remembered here: nothing to restore"
        return 0
    fi
    # The limits of open files before fs.nr_open, which they must not be above.
    for service in containerd crio docker kubelet; do
        file=$(drop_in "$service")
        rm -f "$file"
        [ ! -e "$BEFORE/folder-of-$service" ] || rmdir "${file%/*}" 2>/dev/null || true
    done
    rm -f "$SYSCTL"
    parameters | while read -r _ key _; do
        [ ! -e "$BEFORE/$key" ] || put "$key" "$(cat "$BEFORE/$key")"
        [ ! -e "$BEFORE/$key" ] || say "$key = $(cat "$BEFORE/$key")"
    done
    [ ! -f "$FSTAB" ] || ! grep -q "^$MARK" "$FSTAB" || sed -i "s/^$MARK//" "$FSTAB"
    reload
    swap_on
    rm -rf "$BEFORE"
}

swap_on() {
    for unit in $(cat "$BEFORE/swap-units" 2>/dev/null); do
        systemctl unmask --quiet "$unit" && systemctl start "$unit" || true
    done
    for device in $(cat "$BEFORE/swaps" 2>/dev/null); do
        swaps | grep -qFx -e "$device" || swapon -a 2>/dev/null || true
        swaps | grep -qFx -e "$device" || swapon "$device" || fail "swap on $device cannot be switched on again" \
            "see whether it is still there; without it, remove its name from $BEFORE/swaps and destroy again"
        say "swap on $device is on"
    done
}
