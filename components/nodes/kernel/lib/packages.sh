# yum and dnf are one program on EL 8 and 9. with_options and with_proxy come from script.ts.
if command -v dnf >/dev/null 2>&1; then MANAGER=dnf; else MANAGER=yum; fi

pm() { with_options "$MANAGER" "$@"; }

# transaction WHAT ARGUMENTS…: changes packages; what went wrong is told in words.
transaction() {
    what=$1
    shift
    join_earlier
    with_options kept_pm "$@" || explain "$what" "$LOG"
}

kept_pm() { kept "$MANAGER" "$@"; }

# ask WHAT ARGUMENTS…: only reads; the answer is on standard output.
ask() {
    what=$1
    shift
    state_folder
    pm --quiet "$@" 2>"$STATE/ask.log" </dev/null || explain "$what" "$STATE/ask.log"
}

# explain WHAT LOG: the cause as dnf has written it, and the next step.
explain() {
    says() { grep -iE "$1" "$2" | tail -n 1 | sed 's/^ *//'; }
    why=$(says 'No space left|more space needed|Insufficient space|needs [0-9]+[KMG]B' "$2")
    [ -z "$why" ] || fail "$1: the disk is full: $why" "free space on this host, then run it again"
    why=$(says 'is not signed|Public key .* is not|GPG key.* not correct' "$2")
    [ -n "$why" ] || why=$(says 'GPG check FAILED' "$2")
    [ -z "$why" ] || fail "$1: a package is not signed by a key that is trusted here: $why" \
        "compare the repository and m3perf:kernel.elrepo.keys; nothing was installed"
    why=$(says 'Curl error' "$2")
    [ -n "$why" ] || why=$(says 'Cannot download|Failed to download|Could not resolve|All mirrors|No URLs in mirrorlist' "$2")
    [ -z "$why" ] || fail "$1: a repository cannot be reached: $why" \
        "see that this host reaches it, or name a mirror or proxy (m3perf:kernel.repositories, m3perf:kernel.proxy)"
    why=$(says 'Unable to find a match|No match for argument|No package .* available|nothing provides' "$2")
    [ -z "$why" ] || fail "$1: a package is missing from the repositories: $why" \
        "see which repositories this host has ($MANAGER repolist) and what is in them"
    fail "$1: $(grep -v '^ *$' "$2" | tail -n 3)" "the whole log is on this host: $2"
}
