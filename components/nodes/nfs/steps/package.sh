# Step "package": the NFS server. Its tool is at the same place on EL (nfs-utils) and on Debian (nfs-kernel-server).
TOOL=$ROOT/usr/sbin/exportfs

up() {
    if [ -x "$TOOL" ]; then
        say "the NFS server is installed ($TOOL)"
        return 0
    fi
    like=$(. "$ROOT/etc/os-release" 2>/dev/null && printf ' %s %s ' "${ID:-}" "${ID_LIKE:-}") || like=
    case $like in
    *" rhel "* | *" fedora "* | *" centos "*)
        manager=$(command -v dnf || command -v yum) || fail "has neither dnf nor yum" "install nfs-utils by hand"
        "$manager" -y install nfs-utils || fail "nfs-utils was not installed" "see the lines above; check its repositories"
        ;;
    *" debian "*)
        export DEBIAN_FRONTEND=noninteractive
        apt-get -q -o DPkg::Lock::Timeout=300 update || say "note: apt-get update failed; trying with what is known"
        apt-get -q -y -o DPkg::Lock::Timeout=300 --no-install-recommends install nfs-kernel-server ||
            fail "nfs-kernel-server was not installed" "see the lines above; check its repositories"
        ;;
    *) fail "is neither of the EL nor of the Debian family" "install an NFS server (exportfs, nfs-server.service) by hand" ;;
    esac
    [ -x "$TOOL" ] || fail "the package is installed, but $TOOL is not there" "install an NFS server by hand"
    say "the NFS server was installed"
}

down() { say "the NFS server's package stays: others may use it by now"; }
