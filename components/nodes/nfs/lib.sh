# What every step begins with. Variables in capitals come from script.ts; ROOT is "" but in tests.
export LC_ALL=C
export PATH="$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
umask 022

# What of this host is ours: destroying gives back what is written here, and nothing else.
STATE=$ROOT/var/lib/m3perf/repository
# In front of the export: whose it is.
HEAD="# m3perf: $OWNER"
FILE=$ROOT/etc/exports.d/m3perf-$SLUG.exports

say() { printf '%s: %s\n' "$NODE" "$*"; }

# fail WHAT NEXT
fail() {
    printf '%s: %s\n  what to do: %s\n' "$NODE" "$1" "$2" >&2
    exit 1
}

# mark NAME: remembers that we did it; marked NAME; unmark NAME.
mark() {
    mkdir -p "$STATE" && : >"$STATE/$1" || fail "$STATE cannot be written" "see whether the disk is full or read-only"
}
marked() { [ -e "$STATE/$1" ]; }
unmark() {
    rm -f "$STATE/$1"
    rmdir "$STATE" "$ROOT/var/lib/m3perf" 2>/dev/null || :
}

# What this server exports besides our folder, one folder a line.
others_exported() { exportfs -s 2>/dev/null | awk -v own="$DIRECTORY" '$1 != own { print $1 }' | sort -u; }
