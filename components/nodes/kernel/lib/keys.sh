# elrepo's public keys. keys (script.ts) prints "FINGERPRINT URL" lines: the pinned ones.

# key_file FINGERPRINT: where a key lies once its fingerprint has been compared.
key_file() { printf '%s\n' "$STATE/keys/$1.asc"; }

# have_key FINGERPRINT URL: fetches the key and keeps it only when it is the pinned one, whole and alone.
have_key() {
    [ ! -s "$(key_file "$1")" ] || [ "$(primary_keys "$(key_file "$1")")" != "$1" ] || return 0
    state_folder
    mkdir -p "$STATE/keys"
    fetch "$2" "$STATE/key.new" "elrepo's key"
    found=$(primary_keys "$STATE/key.new")
    [ -n "$found" ] || fail "what $2 gives is not a public key" "open that address; a proxy may have answered in its place"
    # A file with a second key in it would make rpm trust that one, too.
    [ "$found" = "$1" ] || fail "the key at $2 has the fingerprint $(say $found), not the pinned $1; it was not imported" \
        "compare it with the one that elrepo publishes, and set m3perf:kernel.elrepo.keys if it is to be trusted"
    mv "$STATE/key.new" "$(key_file "$1")"
}

# Fingerprints of the keys in a file, without those of their subkeys.
primary_keys() {
    home=$(mktemp -d)
    gpg --homedir "$home" --batch --quiet --with-colons --show-keys "$1" 2>/dev/null |
        awk -F: '$1 == "pub" { primary = 1 } $1 == "fpr" && primary { print $10; primary = 0 }'
    rm -rf "$home"
}
