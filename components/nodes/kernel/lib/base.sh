# What every script here begins with. Variables in capitals come from script.ts; ROOT is "" but in tests.
export LC_ALL=C # messages are read, below
export PATH="$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
umask 022

# Log and half-finished downloads of this upgrade; only root may write here.
STATE=$ROOT/var/lib/m3perf/kernel

say() { printf '%s\n' "$*"; }

# fail WHAT NEXT: the last lines of the log tell what is wrong, where, and what to do.
fail() {
    printf '%s: %s\n  what to do: %s\n' "$NODE" "$1" "$2" >&2
    exit 1
}

state_folder() {
    mkdir -p "$STATE" && chmod 700 "$STATE" || fail "$STATE cannot be made" "see whether the disk is full or read-only"
}

# Sets EL to 8 or 9.
know_release() {
    platform=$(. "$ROOT/etc/os-release" 2>/dev/null && printf %s "${PLATFORM_ID:-}") || platform=
    case $platform in
    platform:el8) EL=8 ;;
    platform:el9) EL=9 ;;
    *)
        found=$(. "$ROOT/etc/os-release" 2>/dev/null && printf %s "${PRETTY_NAME:-}") || found=
        fail "is ${found:-a system without /etc/os-release}; the upgrade from elrepo knows EL 8 and EL 9" \
            "leave it out of m3perf:kernel.nodes, or upgrade its kernel with its own tools"
        ;;
    esac
}

# fetch URL FILE WHAT: the file is there whole, or not at all.
fetch() {
    state_folder
    rm -f "$2"
    with_proxy curl --fail --silent --show-error --location --proto '=http,https' --connect-timeout 20 --max-time 300 \
        --output "$2.part" "$1" 2>"$STATE/curl.log" </dev/null ||
        fail "$3 could not be fetched from $1: $(tail -n 1 "$STATE/curl.log")" \
            "see that this host reaches that address, or name a mirror or proxy (m3perf:kernel.elrepo, m3perf:kernel.proxy)"
    mv "$2.part" "$2"
}
