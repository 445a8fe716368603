# Step "repolist": elrepo is among the repositories of this host. (manual run 3)
main() {
    unless_at_target
    list=$(ask "listing the repositories" repolist --all)
    printf '%s\n' "$list"
    printf '%s\n' "$list" | awk '$1 == "elrepo" && $NF == "enabled" { found = 1 } END { exit !found }' ||
        fail "elrepo is not among the enabled repositories" "see /etc/yum.repos.d/elrepo.repo on this host"
    printf '%s\n' "$list" | awk -v id="$KERNEL_REPOSITORY" '$1 == id { found = 1 } END { exit !found }' ||
        fail "there is no repository $KERNEL_REPOSITORY" "set m3perf:kernel.elrepo.kernelRepository to one of the list above"
}
