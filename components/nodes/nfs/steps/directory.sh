# Step "directory": the folder, writable for the one user that all clients are turned into (export.sh).
WRITER=65534

up() {
    [ ! -L "$ROOT$DIRECTORY" ] || fail "$DIRECTORY is a symbolic link" "name the folder itself in repository.source.directory"
    [ -e "$ROOT$DIRECTORY" ] || make
    [ -d "$ROOT$DIRECTORY" ] || fail "$DIRECTORY is there and no folder" "give the repository another directory"
    own
    room
}

# Folders that are not there, the deepest first: those are ours.
make() {
    mkdir -p "$STATE" || fail "$STATE cannot be made" "see whether the disk is full or read-only"
    at=$DIRECTORY
    : >"$STATE/$SLUG.made.new"
    while [ ! -e "$ROOT$at" ]; do
        printf '%s\n' "$at" >>"$STATE/$SLUG.made.new"
        at=$(dirname "$at")
    done
    mv "$STATE/$SLUG.made.new" "$STATE/$SLUG.made"
    mkdir -p "$ROOT$DIRECTORY" || fail "$DIRECTORY cannot be made" "see whether the disk is full or read-only"
    say "made $DIRECTORY"
}

own() {
    was=$(stat -c '%u:%g %a' "$ROOT$DIRECTORY")
    case $was in
    "$WRITER:"*" 7"?? | "$WRITER:"*" "?7??)
        say "$DIRECTORY belongs to the user that writes there ($WRITER)"
        return 0
        ;;
    0:* | "$WRITER:"*) ;;
    *) fail "$DIRECTORY belongs to user ${was%%:*}, and everything from the nodes is written as $WRITER" \
        "choose another directory, or give it away: chown $WRITER:$WRITER $DIRECTORY" ;;
    esac
    # A folder that was there gets its owner back.
    if ! marked "$SLUG.made" && ! marked "$SLUG.owner"; then
        mark "$SLUG.owner"
        printf '%s\n' "$was" >"$STATE/$SLUG.owner"
    fi
    chown "$WRITER:$WRITER" "$ROOT$DIRECTORY" && chmod 770 "$ROOT$DIRECTORY" ||
        fail "$DIRECTORY cannot be given to user $WRITER" "see whether its file system is read-only"
    say "gave $DIRECTORY to the user that writes there ($WRITER)"
}

room() {
    free=$(df -Pk "$ROOT$DIRECTORY" | awk 'NR == 2 { print int($4 / 1024) }')
    [ "$free" -ge "$SIZE_MI" ] || say "note: $DIRECTORY has room for $free MiB, and the claim says $SIZE_MI MiB: nothing reserves it"
}

down() {
    if marked "$SLUG.made"; then
        while read -r folder; do
            if [ ! -e "$ROOT$folder" ]; then continue; fi
            if ! rmdir "$ROOT$folder" 2>/dev/null; then
                say "$folder stays with what is in it; remove it by hand when nobody needs it"
                return 0
            fi
            say "removed $folder"
        done <"$STATE/$SLUG.made"
        unmark "$SLUG.made"
    elif marked "$SLUG.owner"; then
        read -r owner mode <"$STATE/$SLUG.owner"
        if [ -d "$ROOT$DIRECTORY" ]; then chown "$owner" "$ROOT$DIRECTORY" && chmod "$mode" "$ROOT$DIRECTORY"; fi
        unmark "$SLUG.owner"
        say "$DIRECTORY was there before: it stays, with its owner of then"
    else
        say "$DIRECTORY was there before: it stays"
    fi
}
