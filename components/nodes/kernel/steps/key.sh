# Step "key": elrepo's public keys; each is compared by its full fingerprint before rpm trusts it. (manual run 3)
main() {
    unless_at_target
    keys | while read -r fingerprint url; do
        have_key "$fingerprint" "$url" </dev/null
        rpm --import "$(key_file "$fingerprint")" || fail "rpm did not take the key $fingerprint" \
            "this release may refuse keys of its kind; leave it out of m3perf:kernel.elrepo.keys"
        say "trusts $fingerprint ($url)"
    done
}
