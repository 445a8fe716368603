# Step "update": all packages, as the manual run did first; not those of Kubernetes and its runtime. (manual run 1)
main() {
    unless_at_target
    join_earlier
    room / 200 /var 300
    end_broken_transaction
    set -f # EXCEPT has patterns
    transaction "updating all packages" -y --refresh $EXCEPT update
    say "all packages are up to date"
}

# A host that lost its power in the middle of an update has two versions of some packages; dnf has a command for that.
end_broken_transaction() {
    twice=$(rpm -qa --qf '%{NAME}.%{ARCH}\n' | grep -vE '^(kernel|gpg-pubkey)' | sort | uniq -d)
    [ -n "$twice" ] || return 0
    twice=$(ask "looking for what an interrupted update has left" -C repoquery --duplicates --qf '%{name}-%{version}')
    [ -n "$twice" ] || return 0
    say "an interrupted update has left two versions: " $twice
    transaction "ending an interrupted update" -y remove --duplicates
}
