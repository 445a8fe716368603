# Which kernel is asked for (VERSION: "latest" or a version of kernel-ml), and which is here.

# kernel_package KVER: version-release of the kernel-ml that this kernel came in; fails when it came in another package.
kernel_package() {
    owner=$(rpm -qf --qf '%{NAME} %{VERSION}-%{RELEASE}\n' "$ROOT/lib/modules/$1/vmlinuz" 2>/dev/null) || return 1
    case $owner in
    kernel-ml\ * | kernel-ml-core\ *) printf '%s\n' "${owner#* }" ;;
    *) return 1 ;;
    esac
}

newest() { sort -V | tail -n 1; }

# Filter: the versions that answer to VERSION.
wanted() {
    case $VERSION in
    latest) cat ;;
    *-*) grep -Fx -e "$VERSION" || true ;;
    *) awk -v want="$VERSION-" 'index($0, want) == 1' ;;
    esac
}

installed_versions() { rpm -q --qf '%{VERSION}-%{RELEASE}\n' kernel-ml-core 2>/dev/null | grep -v ' ' || true; }

# Versions of kernel-ml in the repository.
available_versions() {
    ask "asking $KERNEL_REPOSITORY for kernel-ml" --disablerepo='*' --enablerepo="$KERNEL_REPOSITORY" "$@" \
        repoquery --available --qf '%{version}-%{release}' kernel-ml
}

# kver_of VERSION-RELEASE: what uname -r says under that kernel.
kver_of() { rpm -ql "kernel-ml-core-$1" | sed -n 's|^\(/usr\)\{0,1\}/lib/modules/\([^/]*\)/vmlinuz$|\2|p'; }

# Sets TARGET (version-release) and KVER: the installed kernel that is to run. Asks no repository.
know_target() {
    TARGET=$(installed_versions | wanted | newest)
    [ -n "$TARGET" ] || fail "kernel-ml $VERSION is not installed" \
        "run it again with the step that installs it: pulumi up --replace '**-$NODE-kernel'"
    KVER=$(kver_of "$TARGET")
    [ -n "$KVER" ] || fail "kernel-ml-core-$TARGET has no kernel" "look into the package: rpm -ql kernel-ml-core-$TARGET"
}

# Whether the running kernel is the one asked for; sets RUNNING. "latest" is what the repository gives: where it cannot be
# asked yet, the answer is no.
at_target() {
    RUNNING=$(kernel_package "$(uname -r)") || return 1
    if [ "$VERSION" = latest ]; then
        state_folder
        there=$(pm --quiet --disablerepo='*' --enablerepo="$KERNEL_REPOSITORY" "$@" repoquery --available \
            --qf '%{version}-%{release}' kernel-ml 2>"$STATE/ask.log" </dev/null | newest) || return 1
        [ -n "$there" ] && [ "$(printf '%s\n' "$there" "$RUNNING" | newest)" = "$RUNNING" ]
    else
        [ -n "$(printf '%s\n' "$RUNNING" | wanted)" ]
    fi
}

# Ends the step where nothing is to be done.
unless_at_target() {
    know_release
    if at_target "$@"; then
        say "already at $RUNNING ($(uname -r)): nothing to do"
        exit 0
    fi
}
