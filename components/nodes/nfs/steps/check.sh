# Step "check": what the kernel really exports, and to whom.
up() {
    [ "$(cat "$ROOT/proc/fs/nfsd/threads" 2>/dev/null || echo 0)" -gt 0 ] ||
        fail "no NFS server runs in the kernel" "systemctl status nfs-server; journalctl -u nfs-server"
    case " $(cat "$ROOT/proc/fs/nfsd/versions" 2>/dev/null) " in
    *" +4 "*) ;;
    *) fail "the NFS server does not speak version 4, by which the nodes mount" "enable vers4 in /etc/nfs.conf" ;;
    esac
    set -f # a client may be "*"
    seen=$(exportfs -s | awk -v own="$DIRECTORY" '$1 == own { sub(/\(.*/, "", $2); printf "%s ", $2 }')
    for client in $CLIENTS; do
        case " $seen" in
        *" $client "*) ;;
        *) fail "$DIRECTORY is not exported to $client" "exportfs -v; cat $FILE" ;;
        esac
    done
    for client in $seen; do
        case " $CLIENTS " in
        *" $client "*) ;;
        *) fail "$DIRECTORY is exported to $client, which is no node" "exportfs -v; cat $FILE" ;;
        esac
    done
    say "exports $DIRECTORY to" $CLIENTS
    if [ "$(firewall-cmd --state 2>/dev/null)" = running ] && ! firewall-cmd --query-service=nfs >/dev/null 2>&1; then
        say "note: firewalld runs and its default zone does not let nfs in; unless the nodes are in another zone:" \
            "firewall-cmd --permanent --add-service=nfs && firewall-cmd --reload"
    fi
}
