# Step "elrepo-release": the repositories' own package. It comes by address, and dnf does not check the signature of such a
# package unless told (localpkg_gpgcheck, facts.md 6). (manual run 3)
main() {
    unless_at_target
    join_earlier
    eval "url=\$RELEASE_URL_EL$EL version=\$RELEASE_VERSION_EL$EL"
    if whole && { [ -z "$version" ] || [ "$(installed)" = "$version" ]; }; then
        say "elrepo-release $(installed) is there"
        return 0
    fi
    file=$STATE/elrepo-release.rpm
    fetch "$url" "$file" elrepo-release
    verify "$file"
    verb=install
    [ "$(installed)" != "$(of_file VERSION-RELEASE)" ] || verb=reinstall
    transaction "installing elrepo-release" -y --setopt=localpkg_gpgcheck=1 $verb "$file"
    whole || fail "elrepo-release is not whole on this host: $(rpm -V elrepo-release 2>&1 | head -n 1)" \
        "remove it (rpm -e elrepo-release), then run it again"
    say "elrepo-release $(installed) is there"
    rm -f "$file"
}

installed() { rpm -q --qf '%{VERSION}-%{RELEASE}' elrepo-release 2>/dev/null || true; }

# All its files are there; that somebody has edited one is their business.
whole() { rpm -q elrepo-release >/dev/null 2>&1 && ! rpm -V elrepo-release 2>/dev/null | grep -q '^missing'; }

# of_file NAME|VERSION-RELEASE
of_file() {
    case $1 in
    NAME) rpm -qp --nosignature --qf '%{NAME}' "$file" 2>/dev/null ;;
    *) rpm -qp --nosignature --qf '%{VERSION}-%{RELEASE}' "$file" 2>/dev/null ;;
    esac
}

# Name, version, and a signature by one of the pinned keys: in a keyring that has no other key.
verify() {
    [ "$(of_file NAME)" = elrepo-release ] || fail "what $url gives is not the package elrepo-release" \
        "open that address; set m3perf:kernel.elrepo.release.el$EL.url"
    if [ -z "$version" ]; then
        say "no version of elrepo-release is pinned (m3perf:kernel.elrepo.release.el$EL.version); its signature is checked"
    elif [ "$(of_file VERSION-RELEASE)" != "$version" ]; then
        fail "$url gives elrepo-release $(of_file VERSION-RELEASE), not the pinned $version; it was not installed" \
            "see what has changed in it, and set m3perf:kernel.elrepo.release.el$EL.version"
    fi
    ring=$(mktemp -d)
    keys | while read -r fingerprint key; do
        have_key "$fingerprint" "$key" </dev/null
        rpm --dbpath "$ring" --import "$(key_file "$fingerprint")"
    done
    answer=$(rpm --dbpath "$ring" -K "$file" 2>&1) || true
    rm -rf "$ring"
    # "digests OK" alone is what a package without a signature gets.
    case $answer in
    *'digests signatures OK') ;;
    *) fail "elrepo-release from $url is not signed by a pinned key: ${answer##*/}" \
        "compare the address and m3perf:kernel.elrepo.keys; it was not installed" ;;
    esac
}
