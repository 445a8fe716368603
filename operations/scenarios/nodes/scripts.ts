import type { NodeFault } from "./control.ts";

type OnHost = Exclude<NodeFault, "power">;

/** Also the unit that undoes the fault should nobody else do it: systemd's own timer, so it outlives the SSH session. */
const unit: Record<OnHost, string> = { kubelet: "m3perf-heal-kubelet", partition: "m3perf-heal-partition" };
const table = "inet m3perf_partition";

/** What the timer runs. */
const undo: Record<OnHost, string> = {
    kubelet: "systemctl start kubelet",
    partition: `nft delete table ${table} 2>/dev/null || true`,
};

/** It undoes a fault by its timer should nobody come back; sd_booted(3) looks at the same. */
const systemd = "[ -d /run/systemd/system ] || { echo 'systemd does not run there'; exit 1; }";

/** The first word given to each script: what the host's SSH server has in SSH_CONNECTION (client, its port, host, its port). */

/** Ends with 0 where the host can be failed so; says what is missing. */
export const canScripts: Record<OnHost, string> = {
    kubelet: [
        systemd,
        "systemctl cat kubelet >/dev/null 2>&1 || { echo 'it has no systemd unit kubelet'; exit 1; }",
    ].join("\n"),
    partition: [
        systemd,
        needs("nft"),
        '[ -n "$1" ] || { echo "its SSH server sets no SSH_CONNECTION: nobody would get in again"; exit 1; }',
    ].join("\n"),
};
function needs(tool: string): string {
    return `command -v ${tool} >/dev/null || { echo "it has no ${tool}"; exit 1; }`;
}

/** The timer is set before the fault is made: whatever breaks after that, it heals. */
export function makeScripts(fault: OnHost, seconds: number): string {
    const timer = [
        `systemctl stop ${unit[fault]}.timer 2>/dev/null; systemctl reset-failed ${unit[fault]}.service 2>/dev/null`,
        "set -e",
        `systemd-run --unit=${unit[fault]} --on-active=${seconds}s --timer-property=AccuracySec=1s /bin/sh -c '${undo[fault]}'`,
    ];
    if (fault === "kubelet") return [...timer, "systemctl stop kubelet"].join("\n");
    // Everything but the loopback and the very SSH connection by which it is healed (from its address to its port); a pod's traffic
    // is forwarded.
    return [
        ...timer,
        "set -- $1",
        "case $1 in *:*) family=ip6 ;; *) family=ip ;; esac",
        "nft -f - <<RULES",
        `table ${table} {`,
        "  chain in { type filter hook input priority -300; policy drop; iif lo accept; $family saddr $1 tcp dport $4 accept; }",
        "  chain out { type filter hook output priority -300; policy drop; oif lo accept; $family daddr $1 tcp sport $4 accept; }",
        "  chain through { type filter hook forward priority -300; policy drop; }",
        "}",
        "RULES",
    ].join("\n");
}

/** Ends with 0 only where the fault is undone, or was; else the timer is left, which tries again. */
export const healScripts: Record<OnHost, string> = {
    kubelet: `${undo.kubelet} && { systemctl stop ${unit.kubelet}.timer 2>/dev/null; true; }`,
    partition: [
        // Asked for first: of a host that has booted since, or whose timer was first, there is nothing to delete.
        "tables=$(nft list tables) || exit 1",
        `case $tables in *"table ${table}"*) nft delete table ${table} || exit 1 ;; esac`,
        `systemctl stop ${unit.partition}.timer 2>/dev/null; true`,
    ].join("\n"),
};
