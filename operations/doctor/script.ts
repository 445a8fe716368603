import { shellWord } from "../../support/ssh-exec.ts";

/** What is asked of every host beside what is asked anyway. */
export interface Asked {
    /** Kernel parameters: "vm.max_map_count". */
    sysctls: string[];
    /** Paths whose filesystems are looked at; one that is not there yet stands for the folder above it. */
    paths: string[];
}

/**
 * The script that a host runs, as the SSH user, changing nothing: lines of key=value (operations/doctor/facts.ts). At its end it
 * says "clock=ready" and answers each line of its input with its clock, until the input ends (operations/doctor/clock.ts).
 */
export function factsScript({ sysctls, paths }: Asked): string {
    return `export LC_ALL=C PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
say() { printf '%s=%s\\n' "$1" "$2"; }
limited() { if command -v timeout >/dev/null 2>&1; then timeout 5 "$@"; else "$@"; fi; }

say uid "$(id -u)"
if ! command -v sudo >/dev/null 2>&1; then say sudo "is not installed"
elif [ "$(id -u)" != 0 ]; then
    why=$(limited sudo -n true 2>&1) && say sudo yes || say sudo "$(printf '%s\\n' "$why" | head -n 1)"
fi
if [ -r /etc/os-release ]; then
    (. /etc/os-release; say os.id "$ID"; say os.like "$ID_LIKE"; say os.version "$VERSION_ID"; say os.name "$PRETTY_NAME")
fi
say kernel "$(uname -r)"
say arch "$(uname -m)"
say boot "$(cat /proc/sys/kernel/random/boot_id)"
say cores "$(getconf _NPROCESSORS_ONLN)"
awk '/^MemTotal:/ { print "memory=" $2 } /^SwapTotal:/ { print "swap=" $2 }' /proc/meminfo

for path in ${paths.map(shellWord).join(" ")}; do
    there=$path
    while [ ! -e "$there" ]; do there=$(dirname "$there"); done
    say "disk.$path" "$(limited df -Pk "$there" | awk 'NR == 2 { print $2, $4, $6 }')"
done

if command -v systemctl >/dev/null 2>&1; then
    for unit in kubelet k3s k3s-agent rke2-server rke2-agent snap.microk8s.daemon-kubelite; do
        state=$(limited systemctl is-active $unit 2>/dev/null | head -n 1)
        [ $unit = kubelet ] && first=$state
        [ "$state" = active ] && break
    done
    [ "$state" = active ] || { unit=kubelet; state=$first; }
    say kubelet "$unit $state"
    say firewalld "$(limited systemctl is-active firewalld 2>/dev/null | head -n 1)"
fi

ntp=$(limited timedatectl show -p NTPSynchronized --value 2>/dev/null)
if [ -z "$ntp" ]; then
    case $(limited chronyc -n tracking 2>/dev/null) in
    *"Leap status"*"Not sync"*) ntp=no ;;
    *"Leap status"*) ntp=yes ;;
    esac
fi
say ntp "$ntp"

for key in ${sysctls.map(shellWord).join(" ")}; do
    file=/proc/sys/$(echo "$key" | tr . /)
    [ ! -r "$file" ] || say "sysctl.$key" "$(cat "$file")"
done
for runtime in containerd crio dockerd; do
    pid=$(pidof -s $runtime 2>/dev/null || pgrep -o -x $runtime 2>/dev/null) || continue
    unit=$runtime
    [ $unit != dockerd ] || unit=docker
    set -- "$(awk '/^Max open files/ { print $4 }' "/proc/$pid/limits")" "$(limited systemctl show -p LimitNOFILE --value $unit 2>/dev/null)"
    say openFiles "$unit $1 $2"
    break
done

say clock ready
while read -r _; do say clock "$(date +%s.%N)"; done
`;
}
