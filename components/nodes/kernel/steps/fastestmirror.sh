# Step "fastestmirror": a plugin of yum; dnf has it built in, so that its absence is no error. (manual run 1, facts.md 6)
main() {
    unless_at_target
    if [ -n "$(rpm -qa yum-plugin-fastestmirror)" ]; then
        say "yum-plugin-fastestmirror is there"
        return 0
    fi
    there=$(ask "looking for yum-plugin-fastestmirror" repoquery --available yum-plugin-fastestmirror)
    if [ -n "$there" ]; then
        transaction "installing yum-plugin-fastestmirror" -y install yum-plugin-fastestmirror
    else
        say "no yum-plugin-fastestmirror in the repositories: in its place dnf has the option fastestmirror (dnf.conf)"
    fi
}
