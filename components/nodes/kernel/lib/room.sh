# room PATH MIB [PATH MIB…]: fails when a file system has less than all of its paths need together.
room() {
    lacking=$(
        while [ $# -gt 0 ]; do
            df -Pk "$ROOT$1" | awk -v need="$2" 'NR == 2 { print $6, int($4 / 1024), need }'
            shift 2
        done | awk '{ free[$1] = $2; need[$1] += $3 }
            END { for (at in need) if (free[at] < need[at]) printf "%s has %d MiB free and needs %d; ", at, free[at], need[at] }'
    )
    [ -z "$lacking" ] || fail "too little disk space: ${lacking%; }" "free space there, then run it again; nothing was changed"
}
