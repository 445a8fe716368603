import type { Clock } from "../clock.ts";
import { type Answered, answered, type Examined, type Finding } from "../finding.ts";

/** Seconds. M3 refuses samples whose time is too far off its own, and what comes before or after is told by the clock alone. */
const most = 0.5;

/** "+12 ms", "-3.2 s" */
export function offsetText(offset: number): string {
    const sign = offset < 0 ? "-" : "+";
    const size = Math.abs(offset);
    return size < 1 ? `${sign}${Math.round(size * 1000)} ms` : `${sign}${size.toFixed(1)} s`;
}

/** Clocks against this machine's, and whether NTP keeps them. */
export function clocks(examined: Examined): Finding[] {
    const hosts = answered(examined);
    return [...(ownClock(hosts) ?? hosts.flatMap(clock)), ...hosts.flatMap(ntp)];
}

const isOff = ({ offset, error }: Clock) => Math.abs(offset) - error > most;

function clock({ node, facts }: Answered): Finding[] {
    const measured = facts.clock;
    if (!measured || Math.abs(measured.offset) + measured.error <= most) return [];
    const asked = { node: node.name, fact: "clock", what: "clock" } as const;
    const found = `${offsetText(measured.offset)} against this machine's, give or take ${Math.round(measured.error * 1000)} ms`;
    const wanted = `${most} s at most`;
    if (isOff(measured)) {
        const next = "chronyc makestep, and keep NTP on: systemctl enable --now chronyd";
        return [{ level: "failure", ...asked, found, wanted, next }];
    }
    const next = "the connection is too slow to tell; try again when it is quieter";
    return [{ level: "warning", ...asked, found, wanted, next }];
}

/** Hosts that agree with each other and not with us: the wrong clock is this machine's. */
function ownClock(hosts: Answered[]): Finding[] | undefined {
    const measured = hosts.flatMap(({ facts }) => facts.clock ?? []);
    const offsets = measured.map(({ offset }) => offset);
    if (measured.length < 3 || !measured.every(isOff)) return undefined;
    if (Math.max(...offsets) - Math.min(...offsets) > most) return undefined;
    const middle = offsets.reduce((sum, offset) => sum + offset, 0) / offsets.length;
    const found = `every host is ${offsetText(middle)} against this machine's, and they agree with each other`;
    return [
        {
            level: "warning",
            fact: "clock",
            what: "clock",
            found,
            wanted: `${most} s at most`,
            next: "set the clock of this machine",
        },
    ];
}

function ntp({ node, facts }: Answered): Finding[] {
    if (facts.ntp !== false) return [];
    const next = "systemctl enable --now chronyd (or timedatectl set-ntp true)";
    return [
        { level: "warning", node: node.name, fact: "ntp", what: "NTP", found: "not synchronised", wanted: "yes", next },
    ];
}
