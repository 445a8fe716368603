# Step "export": a file of our own beside /etc/exports, for the nodes and nobody else.
up() {
    if [ -e "$FILE" ] && [ "$(head -n 1 "$FILE")" != "$HEAD" ]; then
        fail "$FILE is not ours: $(head -n 1 "$FILE")" "give the repository another directory, or remove the file"
    fi
    others=$(elsewhere)
    [ -z "$others" ] || fail "$DIRECTORY is exported already, by $others" \
        "give the repository another directory, or use that export (repository.source.kind: existing)"
    if [ ! -d "$ROOT/etc/exports.d" ]; then mark exports.d && mkdir "$ROOT/etc/exports.d"; fi
    # Not *.exports: exportfs reads only those.
    { printf '%s\n%s' "$HEAD" "$DIRECTORY" && printf " %s($OPTIONS)" $CLIENTS && echo; } >"$FILE.new" ||
        fail "$FILE cannot be written" "see whether the disk is full or read-only"
    if [ "$(cat "$FILE.new")" = "$(cat "$FILE" 2>/dev/null)" ]; then
        rm "$FILE.new"
        say "$FILE is as it should be"
    else
        if [ -e "$FILE" ]; then cp -p "$FILE" "$FILE.old"; fi
        mv "$FILE.new" "$FILE"
        say "wrote $FILE"
    fi
    if ! exportfs -ra; then
        if [ -e "$FILE.old" ]; then mv "$FILE.old" "$FILE"; else rm "$FILE"; fi
        exportfs -ra 2>/dev/null || :
        fail "exportfs -ra failed, and the export was taken back" "see the lines above; check the nodes' addresses"
    fi
    rm -f "$FILE.old"
}

# Files of others that export the same folder.
elsewhere() {
    for other in "$ROOT/etc/exports" "$ROOT"/etc/exports.d/*.exports; do
        if [ "$other" = "$FILE" ] || [ ! -r "$other" ]; then continue; fi
        awk -v own="$DIRECTORY" '{ gsub(/"/, "", $1) } $1 == own { found = 1 } END { exit !found }' "$other" && printf '%s ' "$other"
    done || :
}

down() {
    if [ ! -e "$FILE" ]; then
        say "$FILE is gone already"
    elif [ "$(head -n 1 "$FILE")" != "$HEAD" ]; then
        say "$FILE is another's by now and stays: $(head -n 1 "$FILE")"
        return 0
    else
        rm "$FILE"
        say "removed $FILE"
    fi
    if marked exports.d; then
        rmdir "$ROOT/etc/exports.d" 2>/dev/null || :
        unmark exports.d
    fi
    if command -v exportfs >/dev/null; then exportfs -ra || fail "exportfs -ra failed" "see the lines above"; fi
}
